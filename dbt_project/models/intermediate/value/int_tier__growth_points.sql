-- Growth points of every buyer at every as-of date since points began: earned, or given as a bonus, in 12 months.
-- Empty unless the policy ranks by them.
with bookings as (
    select points.customer_id, points.booked_on, sum(points.points) as points
    from {{ ref('fct_points') }} as points
    cross join {{ source('policy', 'tier_settings') }} as settings
    where 'growth_points' in (settings.metric, settings.fallback_metric)
        and points.kind in ('earned', 'bonus')
    group by points.customer_id, points.booked_on
),

recent as (
    select bookings.customer_id, dates.as_of_date, sum(bookings.points) as points
    from bookings
    inner join {{ source('ops', 'as_of_dates') }} as dates
        on bookings.booked_on between {{ window_start('dates.as_of_date', 12) }} and dates.as_of_date
    group by bookings.customer_id, dates.as_of_date
)

select metrics.customer_id, metrics.as_of_date, {{ money('coalesce(recent.points, 0)') }} as growth_points
from {{ ref('customer_metrics') }} as metrics
left join recent on metrics.customer_id = recent.customer_id and metrics.as_of_date = recent.as_of_date
where metrics.orders_lifetime > 0 and metrics.as_of_date >= (select min(booked_on) from bookings)
