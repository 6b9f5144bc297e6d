-- Leavers and stayers of a month-end and group with each reason, as a signal or as told: one row per group and reason.
{%- set counts = [] %}
{%- for reason in churn_signals() %}
    {%- do counts.append(record({
        'reason': "'" ~ reason ~ "'",
        'lost_with_signal': 'sum(case when has_churned then ' ~ reason ~ ' else 0 end)',
        'stayed_with_signal': 'sum(case when has_churned then 0 else ' ~ reason ~ ' end)'
    })) %}
{%- else %}
    {%- do counts.append(record({
        'reason': 'cast(null as string)', 'lost_with_signal': 'sum(0)', 'stayed_with_signal': 'sum(0)'
    })) %}
{%- endfor %}
with grouped as (
    select leavers.*, 'all' as group_kind, 'all' as group_value
    from {{ ref('int_churn_causes__leavers') }} as leavers
    union all
    select leavers.*, 'tier', tiers.tier
    from {{ ref('int_churn_causes__leavers') }} as leavers
    inner join {{ ref('customer_tiers') }} as tiers
        on leavers.customer_id = tiers.customer_id and leavers.as_of_date = tiers.as_of_date
    union all
    select leavers.*, 'rfm_segment', scores.segment
    from {{ ref('int_churn_causes__leavers') }} as leavers
    inner join {{ ref('rfm_scores') }} as scores
        on leavers.customer_id = scores.customer_id and leavers.as_of_date = scores.as_of_date
    where scores.segment is not null
),

counted as (
    select
        as_of_date,
        lead_days,
        group_kind,
        group_value,
        sum(case when has_churned then 1 else 0 end) as lost,
        sum(case when has_churned then 0 else 1 end) as stayed,
        sum(case when told_reason is not null then 1 else 0 end) as told,
        {{ list_of(counts) }} as signals
    from grouped
    group by as_of_date, lead_days, group_kind, group_value
),

signalled as (
    select counted.as_of_date, counted.group_kind, counted.group_value, item.reason, item.lost_with_signal, item.stayed_with_signal
    from counted
    {{ each_of('counted.signals', 'item') }}
),

told as (
    select as_of_date, group_kind, group_value, told_reason as reason, count(*) as told_customers
    from grouped
    where told_reason is not null
    group by as_of_date, group_kind, group_value, told_reason
)

select
    counted.as_of_date,
    counted.lead_days,
    counted.group_kind,
    counted.group_value,
    reasons.reason,
    cast(counted.lost as bigint) as lost,
    cast(counted.stayed as bigint) as stayed,
    cast(counted.told as bigint) as told,
    cast(signalled.lost_with_signal as bigint) as lost_with_signal,
    cast(signalled.stayed_with_signal as bigint) as stayed_with_signal,
    cast(coalesce(told.told_customers, 0) as bigint) as told_customers
from counted
cross join {{ source('policy', 'churn_reasons') }} as reasons
left join signalled
    on counted.as_of_date = signalled.as_of_date
    and counted.group_kind = signalled.group_kind
    and counted.group_value = signalled.group_value
    and reasons.reason = signalled.reason
left join told
    on counted.as_of_date = told.as_of_date
    and counted.group_kind = told.group_kind
    and counted.group_value = told.group_value
    and reasons.reason = told.reason
