-- Working hours in local time, of every calendar that a clock runs by and place of its customers: each day cut into
-- segments that begin with the work in them, and the seconds of work that went before.
with places as (
    select distinct place, holiday_region as region, holiday_country as country
    from {{ ref('int_service__clocks') }}
    where runs <> 'always'
),

span as (
    select
        {{ add_days('min(opened_on)', -1) }} as first_day,
        {# What is due later than in two years is not told. -#}
        {{ add_days(current_build('as_of_date'), 730) }} as last_day
    from {{ ref('int_service__clocks') }}
    where runs <> 'always'
),

days as (
    {{ date_series('first_day', 'last_day', 'span') }}
),

{# What a row does not name holds everywhere; of a customer whose place is unknown only that counts. -#}
holidays as (
    select distinct places.place, told.day_on
    from {{ ref('stg_crm__calendar') }} as told
    inner join places
        on (told.region is null or told.region = places.region)
        and (told.country is null or told.country = places.country)
    where told.is_holiday
),

calendar_days as (
    select
        calendars.calendar,
        places.place,
        days.date_day as day_on,
        coalesce(special.as_weekday, {{ weekday('days.date_day') }}) as weekday,
        special.as_weekday is null and holidays.day_on is not null as is_holiday
    from (select distinct calendar from {{ source('policy', 'service_hours') }}) as calendars
    cross join days
    cross join places
    left join {{ source('policy', 'service_special_days') }} as special
        on calendars.calendar = special.calendar and days.date_day = special.day_on
    left join holidays on places.place = holidays.place and days.date_day = holidays.day_on
),

segments as (
    select calendar, place, day_on, 0 as from_second, 0 as works_seconds from calendar_days
    union all
    select
        calendar_days.calendar,
        calendar_days.place,
        calendar_days.day_on,
        hours.from_second,
        hours.to_second - hours.from_second
    from calendar_days
    inner join {{ source('policy', 'service_hours') }} as hours
        on calendar_days.calendar = hours.calendar and calendar_days.weekday = hours.weekday
    where not (calendar_days.is_holiday and hours.is_closed_on_holidays)
),

cumulated as (
    select
        *,
        coalesce(lead(from_second) over (
            partition by calendar, place, day_on order by from_second, works_seconds
        ), 86400) as until_second,
        cast(coalesce(sum(works_seconds) over (
            partition by calendar, place order by day_on, from_second, works_seconds
            rows between unbounded preceding and 1 preceding
        ), 0) as bigint) as seconds_before
    from segments
)

select *, cast(floor(seconds_before / 86400.0) as bigint) as work_day
from cumulated
