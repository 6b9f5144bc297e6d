-- One row per booking of what serving cost up to the as-of date; what happened to it later is not yet known.
select
    service_cost_id,
    source,
    customer_id,
    account_id,
    incurred_on,
    kind,
    amount,
    channel,
    contact_id,
    ticket_id,
    original_currency,
    exchange_rate
from {{ ref('stg_crm__service_costs') }}
where incurred_on <= {{ current_build('as_of_date') }}
