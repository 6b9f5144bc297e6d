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

-- Health of other parts than those of the quarter before would tell what became known, not what changed.
parts_of_both as (
    select
        now.unit_id as account_id,
        now.as_of_date,
        cast(now.weight as decimal(18, 6)) as weight,
        case when now.score is not null and before.score is not null then cast(now.weight as decimal(18, 6)) end
            as known_weight,
        cast(now.weight * (now.score - before.score) as decimal(18, 6)) as change_of_part
    from {{ ref('int_account_value__parts') }} as now
    inner join {{ ref('int_account_value__parts') }} as before
        on now.unit_kind = before.unit_kind
        and now.unit_id = before.unit_id
        and now.part = before.part
        and before.as_of_date = {{ month_end(add_months('now.as_of_date', -3)) }}
    where now.unit_kind = 'account'
),

health as (
    select
        account_id,
        as_of_date,
        {{ ratio('sum(change_of_part)', 'sum(known_weight)') }} as difference,
        {{ ratio('sum(known_weight)', 'sum(weight)') }} as known_weight
    from parts_of_both
    group by account_id, as_of_date
),

compared as (
    select
        now.*,
        before.value_now as value_before,
        case
            when now.measure <> 'health_score' then now.value_now - before.value_now
            when before.value_now is not null and health.known_weight >= settings.minimum_known_weight then health.difference
        end as difference
    from quarter_ends as now
    cross join {{ source('policy', 'account_settings') }} as settings
    left join quarter_ends as before
        on now.account_id = before.account_id
        and now.measure = before.measure
        and before.as_of_date = {{ month_end(add_months('now.as_of_date', -3)) }}
    left join health on now.account_id = health.account_id and now.as_of_date = health.as_of_date
),

weighed as (
    select
        *,
        case
            when change = 'difference' or difference = 0 then difference
            when value_before = 0 then sign(value_now)
            else difference / abs(value_before)
        end as compared_change
    from compared
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
    {# So many digits that a small part of a large account does not come to nothing. -#}
    case when {{ rounded('difference', 0) }} <> 0 then {{ rounded('direction * compared_change / step', 15) }} end as gain,
    cast(cast({{ rounded('value_now', 0) }} as bigint) as string) || ' ('
        || case when difference > 0 then '+' else '' end || cast(cast({{ rounded('difference', 0) }} as bigint) as string) || ')' as words
from weighed
