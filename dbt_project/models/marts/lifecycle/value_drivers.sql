-- The eleven drivers of customer value by month-end and lifecycle stage, in money: what each brought or cost in the month.
select
    as_of_date,
    stage,
    stage_zh,
    driver,
    driver_zh,
    driver_group,
    position as driver_position,
    case when driver in ('renewal', 'migration', 'leaving') then 'money_a_month' else 'money' end as unit,
    cast(customers as bigint) as customers,
    cast(base as bigint) as base,
    cast(events as bigint) as events,
    {{ money('amount') }} as amount,
    {{ money('previous_amount') }} as previous_amount,
    {{ money('amount - previous_amount') }} as change_of_amount,
    case when not is_known then needs end as missing,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ ref('int_drivers__months') }}
-- A stage that nobody is in, and nothing was booked on, tells nothing.
where
    (not is_known and customers > 0)
    or coalesce(base, 0) > 0
    or coalesce(events, 0) > 0
    or coalesce(amount, 0) <> 0
    or coalesce(previous_amount, 0) <> 0
