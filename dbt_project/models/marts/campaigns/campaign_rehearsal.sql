-- What a campaign may be expected to reach, cost and bring, from past ones, before it begins; and of those that have begun,
-- what happened.
with sized as (
    select
        plans.*,
        forecasts.campaigns as comparable,
        forecasts.alike,
        forecasts.likeness,
        forecasts.effect,
        forecasts.error,
        forecasts.times,
        coalesce(plans.cost_per_contact, forecasts.cost_per_contact) as unit_cost,
        case
            when plans.audience is not null then coalesce(lists.reachable, 0) * (1 - coalesce(plans.control_share, 0))
            else forecasts.contact_share * plans.buyers
        end as wanted
    from {{ ref('int_campaigns__rehearsed') }} as plans
    left join {{ ref('int_campaigns__forecasts') }} as forecasts
        on plans.plan_kind = forecasts.plan_kind and plans.plan_id = forecasts.plan_id
    left join {{ ref('scenario_overlap') }} as lists
        on plans.audience = lists.audience and lists.audience = lists.other_audience
),

reached as (
    select
        *,
        coalesce((budget - coalesce(fixed_cost, 0)) / nullif(greatest(unit_cost, 0), 0) < wanted, false) as is_limited_by_budget,
        -- Rounded first: a budget of 0.3 pays for three contacts at 0.1, though the quotient is 2.9999999999999996.
        cast(floor({{ rounded(
            'least(wanted, coalesce(greatest(budget - coalesce(fixed_cost, 0), 0) / nullif(greatest(unit_cost, 0), 0), wanted))', 6
        ) }}) as bigint) as expected_reach
    from sized
),

foretold as (
    select
        *,
        {{ money(rounded('coalesce(cost, coalesce(fixed_cost, 0) + unit_cost * expected_reach)', 4)) }} as expected_cost,
        {{ rounded('effect - times * error', 6) }} as effect_lower,
        {{ rounded('effect + times * error', 6) }} as effect_upper
    from reached
),

totals as (
    select
        *,
        {{ money(rounded('effect * expected_reach', 4)) }} as expected_margin,
        {{ money(rounded('effect_lower * expected_reach', 4)) }} as expected_margin_lower,
        {{ money(rounded('effect_upper * expected_reach', 4)) }} as expected_margin_upper
    from foretold
)

select
    totals.plan_kind,
    totals.plan_id,
    totals.plan_en,
    totals.plan_zh,
    totals.objective,
    totals.channel,
    totals.audience,
    totals.starts_on,
    totals.discount_rate,
    totals.discount_rate > coalesce(caps.cap, settings.discount_cap) as is_over_cap,
    coalesce(totals.comparable, 0) as comparable_campaigns,
    coalesce(totals.alike, 0) as alike_campaigns,
    case totals.likeness when 2 then 'objective_and_channel' when 1 then 'objective' when 0 then 'all' end as alike_in,
    totals.expected_reach,
    totals.is_limited_by_budget,
    totals.expected_cost,
    totals.effect as expected_effect,
    totals.effect_lower as expected_effect_lower,
    totals.effect_upper as expected_effect_upper,
    totals.expected_margin,
    totals.expected_margin_lower,
    totals.expected_margin_upper,
    {{ ratio('totals.expected_margin - totals.expected_cost', 'greatest(totals.expected_cost, 0)') }} as expected_roi,
    {{ ratio('totals.expected_margin_lower - totals.expected_cost', 'greatest(totals.expected_cost, 0)') }} as expected_roi_lower,
    {{ ratio('totals.expected_margin_upper - totals.expected_cost', 'greatest(totals.expected_cost, 0)') }} as expected_roi_upper,
    case when totals.effect is null then 'too_few_comparable' end as missing,
    cast(figures.treated as bigint) as reached,
    figures.cost,
    {{ rounded('case when figures.compared_treated is not null then figures.margin_effect end', 6) }} as effect,
    {{ rounded('case when figures.compared_treated is not null then figures.margin_error end', 6) }} as effect_error,
    figures.roi,
    case when figures.is_over and figures.compared_treated is not null then
        abs(figures.margin_effect - totals.effect)
            <= totals.times * sqrt(totals.error * totals.error + figures.margin_error * figures.margin_error)
    end as is_as_expected,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from totals
cross join {{ source('policy', 'campaign_settings') }} as settings
left join {{ source('policy', 'campaign_discount_caps') }} as caps on totals.objective = caps.objective
left join {{ ref('int_campaigns__figures') }} as figures
    on totals.plan_kind = 'campaign' and totals.plan_id = figures.campaign_id
