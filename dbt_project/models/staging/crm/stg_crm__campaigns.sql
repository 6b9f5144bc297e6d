-- One row per campaign.
select
    {{ entity_id('campaign_key') }} as campaign_id,
    source,
    name as campaign_name,
    kind,
    channel,
    announced_on,
    starts_on,
    ends_on,
    {{ converted('cost', 'exchange_rate') }} as cost,
    {{ converted('budget', 'exchange_rate') }} as budget,
    {{ converted('cost_per_contact', 'exchange_rate') }} as cost_per_contact,
    objective,
    audience,
    region,
    offer,
    discount_rate,
    control_share,
    original_currency,
    exchange_rate
from {{ priced('campaigns', day_or_as_of('rows.starts_on')) }} as campaigns
