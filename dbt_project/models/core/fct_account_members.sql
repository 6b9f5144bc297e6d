-- One row per membership of a customer in an account up to the as-of date; what happened to it later is not yet known.
select
    account_member_id,
    source,
    account_id,
    customer_id,
    role,
    is_main_contact,
    starts_on,
    ends_on
from {{ ref('stg_crm__account_members') }}
where starts_on <= {{ current_build('as_of_date') }} or starts_on is null
