{#- Query of who looks after the customers of a relation at its as_of_date: their own manager, else that of their account;
    customer_id, as_of_date and manager_id, of those whom somebody looks after. -#}
{% macro owners_of(relation) %}
with candidates as (
    select wanted.customer_id, wanted.as_of_date, assignments.manager_id, 1 as choice, assignments.starts_on
    from {{ relation }} as wanted
    inner join {{ ref('fct_manager_assignments') }} as assignments
        on wanted.customer_id = assignments.customer_id
        and wanted.as_of_date between assignments.starts_on and coalesce(assignments.ends_on, date '9999-12-31')
    where coalesce(assignments.role, 'owner') = 'owner'
    union all
    select wanted.customer_id, wanted.as_of_date, managers.manager_id, 2, date '1900-01-01'
    from {{ relation }} as wanted
    inner join {{ ref('int_account__members') }} as members
        on wanted.customer_id = members.customer_id and wanted.as_of_date = members.as_of_date
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
{% endmacro %}
