-- One row per time in which a manager looks after a customer or account up to the as-of date; what happened to it later is not yet known.
select
    assignment_id,
    source,
    manager_id,
    customer_id,
    account_id,
    role,
    starts_on,
    ends_on
from {{ ref('stg_crm__manager_assignments') }}
where starts_on <= {{ current_build('as_of_date') }}
