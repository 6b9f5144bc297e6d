-- What a customer bought in a calendar month: products and their categories, each with the last day of it.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_months() }}") }}
with bought as (
    select customer_id, product_id, {{ month_no('ordered_on') }} as period_no, max(ordered_on) as last_on
    from {{ ref('fct_order_items') }}
    where
        kind = 'sale' and customer_id is not null and product_id is not null
        and {{ only_stale_months('ordered_on') }}
    group by customer_id, product_id, {{ month_no('ordered_on') }}
)

select customer_id, 'product' as thing, product_id as name, period_no, last_on
from bought
union all
select bought.customer_id, 'category' as thing, products.category as name, bought.period_no, max(bought.last_on) as last_on
from bought
inner join {{ ref('dim_product') }} as products on bought.product_id = products.product_id
where products.category is not null
group by bought.customer_id, products.category, bought.period_no
