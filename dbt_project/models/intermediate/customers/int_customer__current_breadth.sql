-- Different products and categories of a customer up to a current date that is no month-end.
with now as (
    select dates.as_of_date, coalesce(max({{ month_no('month_ends.as_of_date') }}), 0) as period_no
    from {{ source('ops', 'as_of_dates') }} as dates
    left join {{ source('ops', 'as_of_dates') }} as month_ends
        on month_ends.as_of_date < dates.as_of_date and month_ends.is_month_end
    where dates.is_current and not dates.is_month_end
    group by dates.as_of_date
),

recent as (
    select distinct things.customer_id, things.thing, things.name
    from {{ ref('int_customer__things') }} as things
    inner join now on things.last_on >= {{ window_start('now.as_of_date', 12) }}
),

this_month as (
    select things.customer_id, things.thing, things.name
    from {{ ref('int_customer__things') }} as things
    inner join now on things.period_no > now.period_no
),

known_before as (
    select distinct earlier.customer_id, earlier.thing, earlier.name
    from {{ ref('int_customer__things') }} as earlier
    inner join now on earlier.period_no <= now.period_no
    inner join this_month
        on earlier.customer_id = this_month.customer_id
        and earlier.thing = this_month.thing and earlier.name = this_month.name
),

counted as (
    select customer_id, thing, count(*) as in_12m, 0 as is_new from recent group by customer_id, thing
    union all
    select this_month.customer_id, this_month.thing, 0 as in_12m, count(*) - count(known_before.name) as is_new
    from this_month
    left join known_before
        on this_month.customer_id = known_before.customer_id
        and this_month.thing = known_before.thing and this_month.name = known_before.name
    group by this_month.customer_id, this_month.thing
)

select
    customer_id,
    sum(case when thing = 'product' then in_12m else 0 end) as products_12m,
    sum(case when thing = 'category' then in_12m else 0 end) as categories_12m,
    sum(case when thing = 'product' then is_new else 0 end) as new_products,
    sum(case when thing = 'category' then is_new else 0 end) as new_categories
from counted
group by customer_id
