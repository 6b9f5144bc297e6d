-- One row per order line, its kind by the sign of its amount where the source says none.
select
    {{ entity_id('order_item_key') }} as order_item_id,
    source,
    order_key,
    {{ entity_id('order_key') }} as order_id,
    {{ entity_id('product_key') }} as product_id,
    coalesce(kind, case when amount < 0 then 'return' else 'sale' end) as kind,
    quantity,
    unit_price,
    list_price,
    unit_cost,
    amount,
    discount_amount,
    coupon_key
from {{ source('crm', 'order_items') }}
