-- Customers at the dates since they were last seen to have come back: lost at one date, a new purchase by the next.
with seen as (
    select
        *,
        lag(is_lost) over life as was_lost,
        lag(as_of_date) over life as previous_date
    from {{ ref('int_lifecycle__plain') }}
    window life as (partition by customer_id order by as_of_date)
),

remembered as (
    select
        *,
        max(case when was_lost and not is_lost and last_purchase_on > previous_date then as_of_date end) over (
            partition by customer_id order by as_of_date
        ) as returned_on
    from seen
)

select
    customer_id,
    as_of_date,
    returned_on,
    {{ month_no('as_of_date') }} - {{ month_no('returned_on') }} as months_since_return
from remembered
where returned_on is not null
