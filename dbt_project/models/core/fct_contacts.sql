-- One row per contact with a customer up to the as-of date; what happened to it later is not yet known.
select
    contact_id,
    source,
    customer_id,
    account_id,
    ticket_id,
    started_at,
    started_on,
    channel,
    direction,
    purpose,
    topic,
    answered_by,
    {{ known_so_far('answered_at') }},
    {{ known_so_far('handed_over_at') }},
    {{ known_so_far('escalated_at') }},
    {{ known_so_far('ended_at') }},
    is_resolved,
    agent_key,
    manager_id,
    cost,
    original_currency,
    exchange_rate
from {{ ref('stg_crm__contacts') }}
where started_on <= {{ current_build('as_of_date') }}
