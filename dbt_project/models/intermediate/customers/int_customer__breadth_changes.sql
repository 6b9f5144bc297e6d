-- By how much the number of different products and categories of a customer's last 12 months changes in a month.
-- A thing bought in a month counts from then until it is bought again or 12 months are over, so the changes
-- add up to a distinct count without looking at a line twice.
with bought as (
    select distinct items.customer_id, periods.calendar, periods.period_no, items.product_id
    from {{ ref('fct_order_items') }} as items
    inner join {{ ref('int_calendar__periods') }} as periods
        on items.ordered_on between periods.starts_on and periods.ends_on
    where items.kind = 'sale' and items.customer_id is not null and items.product_id is not null
),

things as (
    select customer_id, calendar, period_no, 'product' as thing, product_id as name from bought
    union all
    select distinct bought.customer_id, bought.calendar, bought.period_no, 'category' as thing, products.category as name
    from bought
    inner join {{ ref('dim_product') }} as products on bought.product_id = products.product_id
    where products.category is not null
),

neighbours as (
    select
        *,
        lag(period_no) over (partition by customer_id, calendar, thing, name order by period_no) as previous_no,
        lead(period_no) over (partition by customer_id, calendar, thing, name order by period_no) as next_no
    from things
),

entered as (
    select customer_id, calendar, period_no, thing, count(*) as change, count(*) - count(previous_no) as is_new
    from neighbours
    where previous_no is null or previous_no + 12 <= period_no
    group by customer_id, calendar, period_no, thing
),

expired as (
    select customer_id, calendar, period_no + 12 as period_no, thing, -count(*) as change, 0 as is_new
    from neighbours
    where next_no is null or next_no >= period_no + 12
    group by customer_id, calendar, period_no, thing
),

changes as (
    select * from entered
    union all
    select * from expired
)

select
    customer_id,
    calendar,
    period_no,
    sum(case when thing = 'product' then change else 0 end) as products_12m_change,
    sum(case when thing = 'category' then change else 0 end) as categories_12m_change,
    sum(case when thing = 'product' then is_new else 0 end) as new_products,
    sum(case when thing = 'category' then is_new else 0 end) as new_categories
from changes
group by customer_id, calendar, period_no
