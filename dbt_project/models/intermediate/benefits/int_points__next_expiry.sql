-- The first day on which points of a customer that are not yet spent will lapse, as seen at every as-of date.
-- What was spent is taken from the lots in the order in which they end.
with lots as (
    select
        points.customer_id,
        dates.as_of_date,
        points.expires_on,
        sum(points.points) as points
    from {{ ref('fct_points') }} as points
    inner join {{ source('ops', 'as_of_dates') }} as dates
        on dates.as_of_date between points.booked_on and points.expires_on
    where points.customer_id is not null and points.points > 0
    group by points.customer_id, dates.as_of_date, points.expires_on
),

running as (
    select
        *,
        sum(points) over (
            partition by customer_id, as_of_date order by expires_on rows between unbounded preceding and current row
        ) as points_until
    from lots
),

unspent as (
    select
        running.customer_id,
        running.as_of_date,
        running.expires_on,
        past_lots + points_until - greatest(spent, past_lots) as points_left,
        row_number() over (partition by running.customer_id, running.as_of_date order by running.expires_on) as turn
    from running
    inner join {{ ref('int_points__cumulated') }} as cumulated
        on running.customer_id = cumulated.customer_id and running.as_of_date = cumulated.as_of_date
    where past_lots + points_until > greatest(spent, past_lots)
)

select customer_id, as_of_date, expires_on as next_expiry_on, points_left as next_expiry_points
from unspent
where turn = 1
