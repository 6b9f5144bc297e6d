-- One row per day from the first order to the as-of date.
with span as (
    select min(ordered_on) as first_day, {{ current_build('as_of_date') }} as last_day
    from {{ ref('fct_orders') }}
),

days as (
    {{ date_series('first_day', 'last_day', 'span') }}
)

select
    date_day,
    cast(extract(year from date_day) as integer) as year,
    cast(extract(quarter from date_day) as integer) as quarter,
    cast(extract(month from date_day) as integer) as month,
    cast(extract(day from date_day) as integer) as day_of_month,
    {{ weekday('date_day') }} as weekday,
    {{ weekday('date_day') }} >= 6 as is_weekend,
    {{ month_end('date_day') }} as month_end,
    date_day = {{ month_end('date_day') }} as is_month_end
from days
