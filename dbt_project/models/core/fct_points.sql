-- One row per booking of points up to the as-of date; what happened to it later is not yet known.
select
    points_entry_id,
    source,
    customer_id,
    booked_at,
    booked_on,
    kind,
    points,
    expires_on,
    order_id,
    campaign_id,
    reason
from {{ ref('stg_crm__points') }}
where booked_on <= {{ current_build('as_of_date') }}
