-- One row per time in which a manager looks after a customer or account.
select
    {{ entity_id('assignments.assignment_key', 'assignments.source') }} as assignment_id,
    assignments.source,
    {{ entity_id('assignments.manager_key', 'assignments.source') }} as manager_id,
    xref.customer_id,
    {{ entity_id('assignments.account_key', 'assignments.source') }} as account_id,
    assignments.role,
    assignments.starts_on,
    assignments.ends_on
from {{ source('crm', 'manager_assignments') }} as assignments
{{ left_join_customer_xref('assignments') }}
