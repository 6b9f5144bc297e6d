-- One row per month-end, stage and driver whose money is known: base, rate and worth in the month and in the one before.
-- A factor that nothing happened to measure it by takes the value of the other month: it moved nothing.
with measured as (
    select
        *,
        cast(events as double) / nullif(base, 0) as measured_rate,
        cast(previous_events as double) / nullif(previous_base, 0) as previous_measured_rate,
        cast(amount as double) / nullif(events, 0) as measured_worth,
        cast(previous_amount as double) / nullif(previous_events, 0) as previous_measured_worth,
        -- Money without an event, or an event without anyone, is no product of three factors.
        not (events = 0 and amount <> 0)
        and not (base = 0 and events > 0)
        and not (previous_events = 0 and previous_amount <> 0)
        and not (previous_base = 0 and previous_events > 0) as is_product
    from {{ ref('int_drivers__months') }}
    where is_known
)

select
    as_of_date,
    stage,
    stage_zh,
    driver,
    driver_zh,
    measured_rate,
    previous_measured_rate,
    measured_worth,
    previous_measured_worth,
    base as measured_base,
    previous_base as previous_measured_base,
    cast(base as double) as base,
    cast(previous_base as double) as previous_base,
    coalesce(measured_rate, previous_measured_rate, 0) as rate,
    coalesce(previous_measured_rate, measured_rate, 0) as previous_rate,
    coalesce(measured_worth, previous_measured_worth, 0) as worth,
    coalesce(previous_measured_worth, measured_worth, 0) as previous_worth,
    coalesce(is_product and base is not null and previous_base is not null, false) as can_be_split
from measured
where coalesce(base, 0) > 0 or events > 0 or amount <> 0 or coalesce(previous_amount, 0) <> 0
