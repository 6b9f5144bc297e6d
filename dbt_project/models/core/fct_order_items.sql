-- One row per order line of the orders up to the as-of date.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('ordered_on') }}") }}
with orders as (
    select order_id, source, order_key, customer_id, ordered_on
    from {{ ref('stg_crm__orders') }}
    where ordered_on <= {{ current_build('as_of_date') }} and {{ only_stale('ordered_on') }}
)

select
    items.order_item_id,
    orders.order_id,
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
inner join orders on items.source = orders.source and items.order_key = orders.order_key
