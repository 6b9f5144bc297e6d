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
    events.amount,
    events.device_key,
    events.ip_address,
    events.region
from {{ source('crm', 'events') }} as events
{{ left_join_customer_xref('events') }}
