-- What the long tail is judged by at the current date: low value since when, improvement, cost, profit and offers.
with dates as (
    select
        max(case when dates.is_current then dates.as_of_date end) as as_of_date,
        {{ month_end(add_months('max(case when dates.is_month_end then dates.as_of_date end)', '-max(settings.months)')) }}
            as compared_with
    from {{ source('ops', 'as_of_dates') }} as dates
    cross join {{ source('policy', 'long_tail_settings') }} as settings
),

{# Of one date, before it is joined: a join that looks for the date reads every date of every customer. -#}
formerly as (
    select metrics.*
    from {{ ref('customer_metrics') }} as metrics
    inner join dates on metrics.as_of_date = dates.compared_with
),

figures as (
    select
        tiers.customer_id,
        tiers.as_of_date,
        tiers.tier,
        tiers.tier_zh,
        months.low_since,
        months.months_low,
        case when months.customer_id is null and tiers.tier_level <= settings.high_tiers then now.service_cost_12m end
            as cost_of_high_value,
        settings.cost_share,
        settings.improvement_metric,
        settings.improvement_share,
        {{ metric_value('settings.improvement_metric', 'before') }} as metric_before,
        {{ metric_value('settings.improvement_metric', 'now') }} as metric_now,
        now.service_cost_12m,
        now.profit_12m
    from {{ ref('customer_tiers') }} as tiers
    cross join dates
    cross join {{ source('policy', 'long_tail_settings') }} as settings
    inner join {{ ref('customer_metrics') }} as now
        on tiers.customer_id = now.customer_id and tiers.as_of_date = now.as_of_date
    left join formerly as before on tiers.customer_id = before.customer_id
    left join {{ ref('int_long_tail__months') }} as months on tiers.customer_id = months.customer_id
    where tiers.is_current
),

capped as (
    select
        *,
        metric_now > metric_before and metric_now > 0
            and (metric_before <= 0 or {{ ratio('metric_now - metric_before', 'metric_before') }} >= improvement_share)
            as is_improved,
        {{ money(ratio('sum(cost_of_high_value) over ()', 'count(cost_of_high_value) over ()', 4)) }} as high_value_cost
    from figures
)

select
    *,
    {{ money(rounded('cost_share * high_value_cost', 4)) }} as service_cost_cap,
    service_cost_12m > {{ rounded('cost_share * high_value_cost', 4) }} as is_over_cap
from capped
