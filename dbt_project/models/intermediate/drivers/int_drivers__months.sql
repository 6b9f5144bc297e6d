-- One row per month-end, stage and driver, present or not: its money in the month beside that of the month before.
with measured as (
    select * from {{ ref('int_drivers__buying') }}
    union all
    select * from {{ ref('int_drivers__costs') }}
    union all
    select * from {{ ref('int_drivers__contracts') }}
    union all
    select * from {{ ref('int_drivers__movement') }}
),

stages as (
    select stage, stage_zh from {{ source('policy', 'lifecycle_stages') }}
    union all
    select 'unassigned', '未归属'
),

sizes as (
    select as_of_date, stage, count(*) as customers
    from {{ ref('int_drivers__stages') }}
    where unit_kind = 'customer'
    group by as_of_date, stage
),

every_one as (
    select
        dates.as_of_date,
        stages.stage,
        stages.stage_zh,
        drivers.driver,
        drivers.driver_zh,
        drivers.driver_group,
        drivers.position,
        known.needs,
        coalesce(known.known_from <= dates.as_of_date, false) as is_known
    from {{ source('ops', 'as_of_dates') }} as dates
    cross join stages
    cross join {{ source('policy', 'value_drivers') }} as drivers
    left join {{ ref('int_drivers__known') }} as known on drivers.driver = known.driver
    where dates.is_month_end
),

filled as (
    select
        every_one.*,
        coalesce(sizes.customers, 0) as customers,
        -- Of money without a customer it is not known how many people could have brought it.
        case
            when is_known and measured.amount is not null and every_one.stage = 'unassigned' then measured.base
            when is_known then coalesce(measured.base, 0)
        end as base,
        case when is_known then coalesce(measured.events, 0) end as events,
        case when is_known then coalesce(measured.amount, 0) end as amount
    from every_one
    left join sizes on every_one.as_of_date = sizes.as_of_date and every_one.stage = sizes.stage
    left join measured
        on every_one.as_of_date = measured.as_of_date
        and every_one.stage = measured.stage
        and every_one.driver = measured.driver
)

select
    *,
    lag(base) over life as previous_base,
    lag(events) over life as previous_events,
    lag(amount) over life as previous_amount
from filled
window life as (partition by stage, driver order by as_of_date)
