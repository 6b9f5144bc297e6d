-- One row per deed of a customer.
select
    {{ entity_id('events.event_key', 'events.source') }} as event_id,
    events.source,
    xref.customer_id,
    events.occurred_at,
    events.occurred_on,
    events.kind,
    events.channel,
    events.session_key,
    events.duration_seconds,
    {{ entity_id('events.product_key', 'events.source') }} as product_id,
    events.coupon_key,
    {{ entity_id('events.campaign_key', 'events.source') }} as campaign_id,
    {{ converted('events.amount', 'events.exchange_rate') }} as amount,
    events.device_key,
    events.ip_address,
    events.region,
    events.original_currency,
    events.exchange_rate
from {{ priced('events', 'rows.occurred_on') }} as events
{{ left_join_customer_xref('events') }}
