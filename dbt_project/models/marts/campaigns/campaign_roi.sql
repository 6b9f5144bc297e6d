-- What each campaign brought against those it can be compared with, what it cost, and what follows from it by the policy.
{%- set rules = stop_conditions() %}
with reasoned as (
    select
        figures.*,
        campaigns.campaign_name,
        campaigns.offer,
        campaigns.discount_rate,
        campaigns.budget,
        coalesce(caps.cap, settings.discount_cap) as discount_cap,
        settings.interval_level,
        case
            when figures.design in ('randomised', 'matched', 'region') and figures.days_measured < settings.minimum_days
                then 'too_early'
            when figures.design = 'matched' and not figures.has_history then 'no_history'
            when figures.incremental_margin is not null and figures.design = 'matched'
                and coalesce(abs(figures.imbalance), 0) > settings.balance_within then 'unbalanced'
            when figures.incremental_margin is not null and figures.ratio_is_broken then 'broken_ratio'
            when figures.incremental_margin is not null then figures.design
            when figures.design in ('randomised', 'matched') then 'too_few'
            when figures.design = 'region' then 'no_regions'
            when figures.answered > 0 then 'only_answers'
            else 'nobody_known'
        end as reason
    from {{ ref('int_campaigns__figures') }} as figures
    inner join {{ ref('dim_campaign') }} as campaigns on figures.campaign_id = campaigns.campaign_id
    cross join {{ source('policy', 'campaign_settings') }} as settings
    left join {{ source('policy', 'campaign_discount_caps') }} as caps on figures.objective = caps.objective
),

flagged as (
    select
        *,
        {% if rules -%}
        case
            when reason in ('unbalanced', 'broken_ratio') then null
            {%- for rule, conditions in rules.items() %}
            when {{ all_hold(conditions) }} then '{{ rule }}'
            {%- endfor %}
        end
        {%- else -%} cast(null as string) {%- endif %} as stop_rule
    from reasoned
)

select
    flagged.campaign_id,
    flagged.campaign_name,
    flagged.objective,
    flagged.channel,
    flagged.region,
    flagged.offer,
    flagged.starts_on,
    flagged.last_on as measured_until,
    flagged.is_over,
    flagged.days_measured,
    flagged.design,
    flagged.reason,
    reasons.reason_en,
    reasons.reason_zh,
    cast(flagged.treated as bigint) as treated,
    cast(flagged.controls as bigint) as controls,
    flagged.compared_treated,
    flagged.compared_others,
    cast(flagged.compared_regions as bigint) as compared_regions,
    flagged.imbalance,
    flagged.interval_level,
    {%- for name in ['revenue', 'margin'] %}
    {{ money('flagged.incremental_' ~ name) }} as incremental_{{ name }},
    {{ money('flagged.incremental_' ~ name ~ '_lower') }} as incremental_{{ name }}_lower,
    {{ money('flagged.incremental_' ~ name ~ '_upper') }} as incremental_{{ name }}_upper,
    {%- endfor %}
    {%- for name in ['buyers', 'retained'] %}
    flagged.incremental_{{ name }},
    flagged.incremental_{{ name }}_lower,
    flagged.incremental_{{ name }}_upper,
    {%- endfor %}
    flagged.margin_is_assumed,
    flagged.cost,
    flagged.cost_basis,
    flagged.budget,
    flagged.cost > flagged.budget as is_over_budget,
    flagged.roi,
    flagged.roi_lower,
    flagged.roi_upper,
    flagged.attributed_orders,
    flagged.attributed_revenue,
    flagged.redeemed,
    flagged.redeemers,
    flagged.discount_rate,
    flagged.discount_given,
    flagged.discount_cap,
    case
        when flagged.discount_rate > flagged.discount_cap then 'offered'
        when flagged.discount_given > flagged.discount_cap then 'given'
    end as over_cap_by,
    flagged.stop_rule is not null as is_stop_flagged,
    flagged.stop_rule,
    stops.rule_en as stop_rule_en,
    stops.rule_zh as stop_rule_zh,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from flagged
left join {{ source('policy', 'campaign_reasons') }} as reasons on flagged.reason = reasons.reason
left join {{ source('policy', 'campaign_stop_rules') }} as stops on flagged.stop_rule = stops.rule
