-- Every day from the first order to where a next purchase is told: how many bought, and what the day was or will be.
-- Holidays and events are known ahead; of the weather nothing is read after the current date.
with span as (
    select
        min(days.ordered_on) as first_day,
        {{ add_days(current_build('as_of_date'), 'max(settings.return_days)') }} as last_day
    from {{ ref('int_customer__days') }} as days
    cross join {{ source('policy', 'next_purchase_settings') }} as settings
    where days.orders > 0
),

days as (
    {{ date_series('first_day', 'last_day', 'span') }}
),

buyers as (
    select ordered_on, count(*) as buyers
    from {{ ref('int_customer__days') }}
    where orders > 0
    group by ordered_on
),

told as (
    select
        day_on,
        avg(cast(case when is_holiday then 1 else 0 end as double)) as holiday_share,
        avg(cast(case when event is not null then 1 else 0 end as double)) as event_share,
        avg(cast(temperature as double)) as temperature,
        avg(cast(rainfall as double)) as rainfall
    from {{ ref('stg_crm__calendar') }}
    group by day_on
)

select
    days.date_day as day_on,
    {{ weekday('days.date_day') }} as weekday,
    cast(extract(month from days.date_day) as integer) as month,
    case when days.date_day <= {{ current_build('as_of_date') }} then coalesce(buyers.buyers, 0) end as buyers,
    {{ rounded('coalesce(told.holiday_share, 0)', 6) }} as holiday_share,
    {{ rounded('coalesce(told.event_share, 0)', 6) }} as event_share,
    case when days.date_day <= {{ current_build('as_of_date') }} then {{ rounded('told.temperature', 6) }} end as temperature,
    case when days.date_day <= {{ current_build('as_of_date') }} then {{ rounded('told.rainfall', 6) }} end as rainfall
from days
left join buyers on days.date_day = buyers.ordered_on
left join told on days.date_day = told.day_on
