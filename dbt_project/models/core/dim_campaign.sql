-- One row per campaign up to the as-of date; what happened to it later is not yet known.
select
    campaign_id,
    source,
    campaign_name,
    kind,
    channel,
    starts_on,
    ends_on,
    cost,
    budget,
    cost_per_contact,
    objective,
    audience,
    region,
    offer,
    discount_rate,
    control_share,
    original_currency,
    exchange_rate
from {{ ref('stg_crm__campaigns') }}
where starts_on <= {{ current_build('as_of_date') }} or starts_on is null
