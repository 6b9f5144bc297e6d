-- One row per customer, kind of group and month-end at which their stage, tier or RFM segment was another than before.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with stages as (
    select customer_id, as_of_date, stage
    from {{ ref('lifecycle_stage') }}
    where is_month_end and unit_kind = 'customer' and {{ stale_and_before('as_of_date', month_ends=true) }}
),

held as (
    select customer_id, as_of_date, 'stage' as group_kind, stage as group_value from stages
    union all
    select customer_id, as_of_date, 'tier', tier
    from {{ ref('customer_tiers') }}
    where is_month_end and {{ stale_and_before('as_of_date', month_ends=true) }}
    union all
    select customer_id, as_of_date, 'rfm_segment', segment
    from {{ ref('rfm_scores') }}
    where {{ stale_and_before('as_of_date', month_ends=true) }}
),

with_former as (
    select
        *,
        lag(group_value) over (partition by customer_id, group_kind order by as_of_date) as former_value
    from held
),

changes as (
    select *
    from with_former
    where
        group_value is not null
        and (former_value is null or former_value <> group_value)
        and {{ only_stale('as_of_date') }}
)

select changes.*, stages.stage
from changes
inner join stages on changes.customer_id = stages.customer_id and changes.as_of_date = stages.as_of_date
