-- Who looked after the customer of an alert when it was opened: their own manager, else that of their account.
with candidates as (
    select alerts.customer_id, alerts.as_of_date, assignments.manager_id, 1 as choice, assignments.starts_on
    from {{ ref('int_alerts__opened') }} as alerts
    inner join {{ ref('fct_manager_assignments') }} as assignments
        on alerts.customer_id = assignments.customer_id
        and alerts.as_of_date between assignments.starts_on and coalesce(assignments.ends_on, date '9999-12-31')
    where coalesce(assignments.role, 'owner') = 'owner'
    union all
    select alerts.customer_id, alerts.as_of_date, managers.manager_id, 2, date '1900-01-01'
    from {{ ref('int_alerts__opened') }} as alerts
    inner join {{ ref('int_account__members') }} as members
        on alerts.customer_id = members.customer_id and alerts.as_of_date = members.as_of_date
    inner join {{ ref('int_account_value__managers') }} as managers
        on members.unit_id = managers.account_id and members.as_of_date = managers.as_of_date
    where members.unit_kind = 'account'
)

select candidates.customer_id, candidates.as_of_date, candidates.manager_id
from candidates
left join {{ ref('dim_account_manager') }} as managers on candidates.manager_id = managers.manager_id
where managers.left_on is null or managers.left_on > candidates.as_of_date
qualify row_number() over (
    partition by candidates.customer_id, candidates.as_of_date
    order by candidates.choice, candidates.starts_on desc, candidates.manager_id
) = 1
