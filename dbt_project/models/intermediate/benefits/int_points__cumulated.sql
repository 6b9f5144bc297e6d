-- Points of a customer summed up to every as-of date, and those of lots (bookings that gave points) that end by then.
{%- set measures = ['earned', 'bonus', 'redeemed', 'expired', 'adjusted', 'balance', 'spent', 'past_lots', 'ending_lots'] %}
with periods as (
    {{ periods_since_ever() }}
),

bookings as (
    select *, coalesce(kind, 'adjusted') as what
    from {{ ref('fct_points') }}
    where customer_id is not null
),

entries as (
    select customer_id, booked_on as counted_on, what as measure, points from bookings
    union all
    select customer_id, booked_on as counted_on, 'balance' as measure, points from bookings
    union all
    select customer_id, booked_on as counted_on, 'spent' as measure, -points as points from bookings where points < 0
    union all
    select customer_id, greatest(booked_on, {{ add_days('expires_on', 1) }}) as counted_on, 'past_lots' as measure, points
    from bookings
    where points > 0 and expires_on is not null
    union all
    select
        customer_id,
        greatest(booked_on, {{ add_days('expires_on', '-expiry_warning_days') }}) as counted_on,
        'ending_lots' as measure,
        points
    from bookings
    cross join {{ source('policy', 'benefit_settings') }} as settings
    where points > 0 and expires_on is not null
),

activity as (
    select
        entries.customer_id,
        periods.calendar,
        periods.period_no
        {%- for measure in measures %},
        sum(case when entries.measure = '{{ measure }}' then entries.points else 0 end) as {{ measure }}
        {%- endfor %}
    from entries
    inner join periods on entries.counted_on between periods.starts_on and periods.ends_on
    group by entries.customer_id, periods.calendar, periods.period_no
),

months as (
    select began.customer_id, began.calendar, periods.period_no, periods.as_of_date
    from (select customer_id, calendar, min(period_no) as period_no from activity group by customer_id, calendar) as began
    inner join periods on began.calendar = periods.calendar and began.period_no <= periods.period_no
),

cumulated as (
    select
        customer_id,
        as_of_date
        {%- for measure in measures %},
        coalesce(sum({{ measure }}) over last_lifetime, 0) as {{ measure }}
        {%- endfor %}
    from months
    left join activity using (customer_id, calendar, period_no)
    window last_lifetime as (
        partition by customer_id, calendar order by period_no rows between unbounded preceding and current row
    )
)

select * from cumulated where as_of_date is not null
