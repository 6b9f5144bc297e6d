-- One row per booking of what serving cost.
select
    {{ entity_id('costs.service_cost_key', 'costs.source') }} as service_cost_id,
    costs.source,
    xref.customer_id,
    {{ entity_id('costs.account_key', 'costs.source') }} as account_id,
    costs.incurred_on,
    costs.kind,
    {{ converted('costs.amount', 'costs.exchange_rate') }} as amount,
    costs.channel,
    {{ entity_id('costs.contact_key', 'costs.source') }} as contact_id,
    {{ entity_id('costs.ticket_key', 'costs.source') }} as ticket_id,
    costs.original_currency,
    costs.exchange_rate
from {{ priced('service_costs', 'rows.incurred_on') }} as costs
{{ left_join_customer_xref('costs') }}
