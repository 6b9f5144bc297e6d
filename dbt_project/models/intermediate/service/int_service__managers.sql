-- Who looked after the customer of a ticket or contact on its day: their own manager, else that of the account it names.
with days as (
    select distinct customer_id, account_id, opened_on from {{ ref('int_service__clocks') }}
),

candidates as (
    select days.*, assignments.manager_id, 1 as choice, assignments.starts_on
    from days
    inner join {{ ref('fct_manager_assignments') }} as assignments
        on days.customer_id = assignments.customer_id
        and days.opened_on between assignments.starts_on and coalesce(assignments.ends_on, date '9999-12-31')
    where coalesce(assignments.role, 'owner') = 'owner'
    union all
    select days.*, assignments.manager_id, 2, assignments.starts_on
    from days
    inner join {{ ref('fct_manager_assignments') }} as assignments
        on days.account_id = assignments.account_id and assignments.customer_id is null
        and days.opened_on between assignments.starts_on and coalesce(assignments.ends_on, date '9999-12-31')
    where coalesce(assignments.role, 'owner') = 'owner'
)

select coalesce(customer_id, '') as customer_id, coalesce(account_id, '') as account_id, opened_on, manager_id
from candidates
qualify row_number() over (
    partition by customer_id, account_id, opened_on order by choice, starts_on desc, manager_id
) = 1
