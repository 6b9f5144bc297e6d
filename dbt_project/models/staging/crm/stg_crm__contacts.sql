-- One row per contact with a customer.
select
    {{ entity_id('contacts.contact_key', 'contacts.source') }} as contact_id,
    contacts.source,
    xref.customer_id,
    {{ entity_id('contacts.account_key', 'contacts.source') }} as account_id,
    {{ entity_id('contacts.ticket_key', 'contacts.source') }} as ticket_id,
    contacts.started_at,
    contacts.started_on,
    contacts.channel,
    contacts.direction,
    contacts.purpose,
    contacts.topic,
    contacts.answered_by,
    contacts.answered_at,
    contacts.answered_on,
    contacts.handed_over_at,
    contacts.handed_over_on,
    contacts.escalated_at,
    contacts.escalated_on,
    contacts.ended_at,
    contacts.ended_on,
    contacts.is_resolved,
    contacts.agent_key,
    {{ entity_id('contacts.manager_key', 'contacts.source') }} as manager_id,
    contacts.cost
from {{ source('crm', 'contacts') }} as contacts
{{ left_join_customer_xref('contacts') }}
