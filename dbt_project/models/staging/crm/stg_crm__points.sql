-- One row per booking of points.
select
    {{ entity_id('points.points_entry_key', 'points.source') }} as points_entry_id,
    points.source,
    xref.customer_id,
    points.booked_at,
    points.booked_on,
    points.kind,
    points.points,
    points.expires_on,
    {{ entity_id('points.order_key', 'points.source') }} as order_id,
    {{ entity_id('points.campaign_key', 'points.source') }} as campaign_id,
    points.reason
from {{ source('crm', 'points') }} as points
{{ left_join_customer_xref('points') }}
