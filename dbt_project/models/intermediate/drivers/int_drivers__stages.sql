-- One row per customer or open lead and month-end: the stage in which they began the month, and the one they ended it in.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with units as (
    select
        unit_kind,
        unit_id,
        customer_id,
        as_of_date,
        {{ window_start('as_of_date', 1) }} as month_starts_on,
        stage,
        lag(stage) over life as stage_before,
        lag(as_of_date) over life as previous_as_of_date
    from {{ ref('lifecycle_stage') }}
    where is_month_end and {{ stale_and_before('as_of_date', month_ends=true) }}
    window life as (partition by unit_kind, unit_id order by as_of_date)
)

select
    units.unit_kind,
    units.unit_id,
    units.customer_id,
    units.as_of_date,
    units.month_starts_on,
    units.previous_as_of_date,
    -- Who was not yet known began the month as a prospect; in the first month of the history nothing is known of before.
    coalesce(
        units.stage_before,
        case when customers.first_order_on < units.month_starts_on then units.stage else 'prospect' end
    ) as stage,
    units.stage as stage_after,
    coalesce(customers.first_order_on < units.month_starts_on, false) as had_bought,
    coalesce(customers.first_order_on <= units.as_of_date, false) as has_bought
from units
left join {{ ref('dim_customer') }} as customers on units.customer_id = customers.customer_id
where {{ only_stale('units.as_of_date') }}
