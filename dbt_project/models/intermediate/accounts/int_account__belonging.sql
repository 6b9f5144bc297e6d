-- From when to when a customer belongs to an account, and in which role; without a date, always.
select
    members.account_id,
    members.customer_id,
    members.role,
    coalesce(members.is_main_contact, false) as is_main_contact,
    coalesce(members.starts_on, date '1900-01-01') as starts_on,
    coalesce(members.ends_on, date '9999-12-31') as ends_on
from {{ ref('fct_account_members') }} as members
inner join {{ ref('int_account__hierarchy') }} as accounts
    on members.account_id = accounts.account_id and accounts.levels_up = 0
where members.customer_id is not null
