-- One row per membership of a customer in an account.
select
    {{ entity_id('members.account_member_key', 'members.source') }} as account_member_id,
    members.source,
    {{ entity_id('members.account_key', 'members.source') }} as account_id,
    xref.customer_id,
    members.role,
    members.is_main_contact,
    members.starts_on,
    members.ends_on
from {{ source('crm', 'account_members') }} as members
{{ left_join_customer_xref('members') }}
