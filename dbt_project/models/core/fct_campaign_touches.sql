-- One row per contact of a campaign with a customer up to the as-of date; what happened to it later is not yet known.
select
    touch_id,
    source,
    campaign_id,
    customer_id,
    kind,
    arm,
    is_control,
    touched_at,
    touched_on,
    coupon_key,
    channel,
    cost,
    order_id,
    original_currency,
    exchange_rate
from {{ ref('stg_crm__campaign_touches') }}
where touched_on <= {{ current_build('as_of_date') }} or touched_on is null
