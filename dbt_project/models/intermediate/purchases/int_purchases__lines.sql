-- Lines of products that known customers bought or gave back, up to the current date.
{{ config(materialized='view') }}
select
    lines.order_item_id,
    lines.customer_id,
    lines.order_id,
    lines.ordered_on,
    lines.kind,
    lines.product_id,
    products.category,
    lines.quantity,
    lines.amount,
    lines.unit_price,
    lines.list_price,
    lines.original_currency,
    lines.exchange_rate
from {{ ref('fct_order_items') }} as lines
left join {{ ref('dim_product') }} as products on lines.product_id = products.product_id
where lines.customer_id is not null and lines.product_id is not null and lines.kind in ('sale', 'return')
