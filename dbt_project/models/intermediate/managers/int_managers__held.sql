-- Who of ours looked after a customer at every as-of date: one owner (their own, else that of their account), and supporters.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with assigned as (
    select
        assignments.customer_id,
        assignments.account_id,
        dates.as_of_date,
        assignments.manager_id,
        coalesce(assignments.role, 'owner') as role,
        assignments.starts_on
    from {{ ref('fct_manager_assignments') }} as assignments
    inner join {{ source('ops', 'as_of_dates') }} as dates
        on dates.as_of_date between assignments.starts_on and coalesce(assignments.ends_on, date '9999-12-31')
    left join {{ ref('dim_account_manager') }} as managers on assignments.manager_id = managers.manager_id
    where (managers.left_on is null or managers.left_on > dates.as_of_date) and {{ only_stale('dates.as_of_date') }}
),

candidates as (
    select customer_id, as_of_date, manager_id, role, 1 as choice, starts_on
    from assigned
    where customer_id is not null
    union all
    select members.customer_id, assigned.as_of_date, assigned.manager_id, assigned.role, 2, assigned.starts_on
    from assigned
    inner join {{ ref('int_account__members') }} as members
        on assigned.account_id = members.unit_id
        and assigned.as_of_date = members.as_of_date
        and members.unit_kind = 'account'
    where assigned.customer_id is null
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, as_of_date, role order by choice, starts_on desc, manager_id
        ) as place,
        row_number() over (
            partition by customer_id, as_of_date, manager_id order by role, choice, starts_on desc
        ) as place_of_manager
    from candidates
)

select customer_id, as_of_date, manager_id, role
from ranked
where (role = 'owner' and place = 1) or (role = 'support' and place_of_manager = 1)
