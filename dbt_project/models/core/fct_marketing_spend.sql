-- One row per booking of marketing cost up to the as-of date; what happened to it later is not yet known.
select
    spend_id,
    source,
    spent_on,
    channel,
    campaign_id,
    region,
    purpose,
    amount,
    impressions,
    clicks,
    original_currency,
    exchange_rate
from {{ ref('stg_crm__marketing_spend') }}
where spent_on <= {{ current_build('as_of_date') }}
