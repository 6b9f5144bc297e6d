-- One row per order line of the orders up to the as-of date.
select
    items.order_item_id,
    items.order_id,
    items.source,
    orders.customer_id,
    items.product_id,
    orders.ordered_on,
    items.kind,
    items.quantity,
    items.unit_price,
    items.amount,
    items.discount_amount
from {{ ref('stg_crm__order_items') }} as items
inner join {{ ref('fct_orders') }} as orders on items.order_id = orders.order_id
