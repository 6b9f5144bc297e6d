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

counted as (
    select
        *,
        lag(period_no) over (partition by customer_id, calendar, thing, name order by period_no) as previous_no,
        lead(period_no) over (partition by customer_id, calendar, thing, name order by period_no) as next_no
    from things
),

changes as (
    select customer_id, calendar, period_no, thing, 1 as change, case when previous_no is null then 1 else 0 end as is_first
    from counted
    union all
    select customer_id, calendar, least(period_no + 12, coalesce(next_no, period_no + 12)) as period_no, thing, -1, 0
    from counted
)

select
    customer_id,
    calendar,
    period_no,
    sum(case when thing = 'product' then change else 0 end) as products_12m_change,
    sum(case when thing = 'category' then change else 0 end) as categories_12m_change,
    sum(case when thing = 'product' then is_first else 0 end) as new_products,
    sum(case when thing = 'category' then is_first else 0 end) as new_categories
from changes
group by customer_id, calendar, period_no
