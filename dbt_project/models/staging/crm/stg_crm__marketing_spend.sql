-- One row per booking of marketing cost.
select
    {{ entity_id('spend_key') }} as spend_id,
    source,
    spent_on,
    channel,
    {{ entity_id('campaign_key') }} as campaign_id,
    region,
    purpose,
    {{ converted('amount', 'exchange_rate') }} as amount,
    impressions,
    clicks,
    original_currency,
    exchange_rate
from {{ priced('marketing_spend', 'rows.spent_on') }} as marketing_spend
