-- Who belonged to an account (those of the accounts below included) or a household at every as-of date, in which roles.
{%- set roles = ['owner', 'decision_maker', 'buyer', 'payer', 'influencer', 'user'] %}
with account_members as (
    select
        'account' as unit_kind,
        hierarchy.group_account_id as unit_id,
        dates.as_of_date,
        belonging.customer_id
        {%- for role in roles %},
        max(case when belonging.role = '{{ role }}' then 1 else 0 end) = 1 as is_{{ role }}
        {%- endfor %}
    from {{ ref('int_account__belonging') }} as belonging
    inner join {{ ref('int_account__hierarchy') }} as hierarchy on belonging.account_id = hierarchy.account_id
    inner join {{ source('ops', 'as_of_dates') }} as dates
        on dates.as_of_date between belonging.starts_on and belonging.ends_on
        and (hierarchy.created_on is null or hierarchy.created_on <= dates.as_of_date)
    group by hierarchy.group_account_id, dates.as_of_date, belonging.customer_id
)

select * from account_members
union all
select
    'household' as unit_kind,
    customers.household_id as unit_id,
    dates.as_of_date,
    customers.customer_id
    {%- for role in roles %},
    false as is_{{ role }}
    {%- endfor %}
from {{ ref('dim_customer') }} as customers
inner join {{ source('ops', 'as_of_dates') }} as dates
    on customers.known_on is null or customers.known_on <= dates.as_of_date
where customers.household_id is not null
