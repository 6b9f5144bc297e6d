-- Who of ours answers for an account at every as-of date: the owner it was given to last, else whoever owns most members.
with assigned as (
    select assignments.*, dates.as_of_date
    from {{ ref('fct_manager_assignments') }} as assignments
    inner join {{ source('ops', 'as_of_dates') }} as dates
        on dates.as_of_date between assignments.starts_on and coalesce(assignments.ends_on, date '9999-12-31')
    where coalesce(assignments.role, 'owner') = 'owner'
),

candidates as (
    select account_id, as_of_date, manager_id, 1 as choice, max(starts_on) as starts_on, count(*) as members
    from assigned
    where account_id is not null
    group by account_id, as_of_date, manager_id
    union all
    select
        members.unit_id as account_id,
        members.as_of_date,
        assigned.manager_id,
        2 as choice,
        date '1900-01-01' as starts_on,
        count(distinct members.customer_id) as members
    from {{ ref('int_account__members') }} as members
    inner join assigned on members.customer_id = assigned.customer_id and members.as_of_date = assigned.as_of_date
    where members.unit_kind = 'account'
    group by members.unit_id, members.as_of_date, assigned.manager_id
)

select account_id, as_of_date, manager_id
from candidates
qualify row_number() over (
    partition by account_id, as_of_date order by choice, starts_on desc, members desc, manager_id
) = 1
