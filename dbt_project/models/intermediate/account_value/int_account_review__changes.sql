-- What the review of a key account compares at the end of a quarter: each measure with its value a quarter before.
with quarter_ends as (
    select
        value.unit_id as account_id,
        value.as_of_date,
        measures.*,
        case measures.measure
            when 'net_revenue_3m' then cast(metrics.net_revenue_3m as double)
            when 'orders_3m' then metrics.orders_3m
            when 'members' then metrics.members
            when 'complaints_3m' then metrics.complaints_3m
            when 'nps_12m' then metrics.nps_12m
            when 'overdue_amount' then cast(metrics.overdue_amount as double)
            when 'health_score' then value.health_score
            when 'target_share' then 100 * value.target_share
        end as value_now
    from {{ ref('account_value') }} as value
    inner join {{ ref('account_metrics') }} as metrics
        on value.unit_kind = metrics.unit_kind
        and value.unit_id = metrics.unit_id
        and value.as_of_date = metrics.as_of_date
    cross join {{ source('policy', 'account_review_measures') }} as measures
    where value.unit_kind = 'account' and value.is_month_end and extract(month from value.as_of_date) in (3, 6, 9, 12)
),

compared as (
    select
        now.*,
        before.value_now as value_before,
        now.value_now - before.value_now as difference,
        case
            when now.change = 'difference' or now.value_now = before.value_now then now.value_now - before.value_now
            when before.value_now = 0 then sign(now.value_now)
            else (now.value_now - before.value_now) / abs(before.value_now)
        end as compared_change
    from quarter_ends as now
    left join quarter_ends as before
        on now.account_id = before.account_id
        and now.measure = before.measure
        and before.as_of_date = {{ month_end(add_months('now.as_of_date', -3)) }}
)

select
    account_id,
    as_of_date,
    measure,
    measure_en,
    measure_zh,
    position,
    value_now,
    value_before,
    {{ rounded('difference', 6) }} as difference,
    case when {{ rounded('difference', 0) }} <> 0 then {{ rounded('direction * compared_change / step', 6) }} end as gain,
    cast(cast({{ rounded('value_now', 0) }} as bigint) as string) || ' ('
        || case when difference > 0 then '+' else '' end || cast(cast({{ rounded('difference', 0) }} as bigint) as string) || ')' as words
from compared
