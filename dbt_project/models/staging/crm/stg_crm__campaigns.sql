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
    cost,
    budget,
    cost_per_contact,
    objective,
    audience,
    region,
    offer,
    discount_rate,
    control_share
from {{ source('crm', 'campaigns') }}
