-- One row per booking of what serving cost.
select
    {{ entity_id('costs.service_cost_key', 'costs.source') }} as service_cost_id,
    costs.source,
    xref.customer_id,
    {{ entity_id('costs.account_key', 'costs.source') }} as account_id,
    costs.incurred_on,
    costs.kind,
    costs.amount,
    costs.channel,
    {{ entity_id('costs.contact_key', 'costs.source') }} as contact_id,
    {{ entity_id('costs.ticket_key', 'costs.source') }} as ticket_id
from {{ source('crm', 'service_costs') }} as costs
{{ left_join_customer_xref('costs') }}
