-- Customers of low value and customers who cost more than they bring, at the current date, and what is done about them.
with judged as (
    select
        figures.*,
        profit_12m < 0 as is_unprofitable,
        months_low >= settings.months and not coalesce(is_improved, false) as is_flagged,
        case
            when months_low is null then null
            when offers.offered_on >= low_since then 'made'
            when months_low >= settings.offer_after_months then 'due'
            else 'not_due'
        end as offer_stage,
        months_low >= settings.months as is_long,
        offers.offer,
        offers.offer_en,
        offers.offer_zh,
        offers.offered_on,
        offers.knows_offers
    from {{ ref('int_long_tail__figures') }} as figures
    cross join {{ source('policy', 'long_tail_settings') }} as settings
    inner join {{ ref('int_long_tail__offers') }} as offers on figures.customer_id = offers.customer_id
    where months_low is not null or profit_12m < 0
),

decided as (
    select
        *,
        case
            when months_low is null then 'unprofitable'
            when is_flagged and offer_stage = 'due' and knows_offers then 'no_improvement_not_yet_offered'
            when is_flagged and is_over_cap then 'no_improvement_over_cap'
            when is_flagged then 'no_improvement'
            when is_long then 'improved'
            when offer_stage = 'due' then 'low_value'
            when offer_stage = 'made' then 'offered'
            else 'recent'
        end as rule
    from judged
)

select
    decided.customer_id,
    decided.as_of_date,
    decided.tier,
    decided.tier_zh,
    decided.low_since,
    decided.months_low,
    decided.improvement_metric,
    decided.metric_before,
    decided.metric_now,
    decided.is_improved,
    case when decided.months_low is not null then decided.offer end as offer,
    case when decided.months_low is not null then decided.offer_en end as offer_en,
    case when decided.months_low is not null then decided.offer_zh end as offer_zh,
    decided.offer_stage,
    decided.offered_on,
    coalesce(decided.is_flagged, false) as is_flagged,
    decided.service_cost_12m,
    decided.high_value_cost,
    decided.service_cost_cap,
    decided.is_over_cap,
    decided.profit_12m,
    decided.is_unprofitable,
    actions.action,
    actions.action_en,
    actions.action_zh,
    decided.rule,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from decided
inner join {{ source('policy', 'long_tail_actions') }} as actions
    on actions.action = case decided.rule
        when 'unprofitable' then 'review_terms'
        when 'no_improvement_not_yet_offered' then 'offer_conversion'
        when 'low_value' then 'offer_conversion'
        when 'no_improvement_over_cap' then 'limit_cost'
        when 'no_improvement' then 'keep_cost_low'
        else 'watch'
    end
