-- One row per booking of marketing cost.
select
    {{ entity_id('spend_key') }} as spend_id,
    source,
    spent_on,
    channel,
    {{ entity_id('campaign_key') }} as campaign_id,
    region,
    purpose,
    amount,
    impressions,
    clicks
from {{ source('crm', 'marketing_spend') }}
