-- One row per order, with the customer it belongs to where the source knows one, and its kind by the sign of its amount
-- where the source says none: by the source's own, since what has no rate yet is null here.
select
    {{ entity_id('order_key', 'orders.source') }} as order_id,
    orders.source,
    orders.order_key,
    xref.customer_id,
    orders.ordered_at,
    orders.ordered_on,
    coalesce(orders.kind, case when orders.amount < 0 then 'return' else 'sale' end) as kind,
    {{ converted('orders.amount', 'orders.exchange_rate') }} as amount,
    {{ converted('orders.discount_amount', 'orders.exchange_rate') }} as discount_amount,
    orders.channel,
    orders.store,
    {{ entity_id('orders.campaign_key', 'orders.source') }} as campaign_id,
    orders.coupon_key,
    orders.region,
    {{ entity_id('orders.account_key', 'orders.source') }} as account_id,
    {{ entity_id('orders.manager_key', 'orders.source') }} as manager_id,
    {{ entity_id('orders.original_order_key', 'orders.source') }} as original_order_id,
    {{ converted('orders.shipping_amount', 'orders.exchange_rate') }} as shipping_amount,
    orders.original_currency,
    orders.exchange_rate
from {{ priced('orders', 'rows.ordered_on') }} as orders
{{ left_join_customer_xref('orders') }}
