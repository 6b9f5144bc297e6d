-- Every account with itself and the accounts above it, up to four levels: enough for a branch of a company of a group.
-- A loop of parents ends there too, and names each account once.
{%- set levels = 4 %}
with accounts as (
    select account_id, created_on, nullif(parent_account_id, account_id) as parent_account_id
    from {{ ref('stg_crm__accounts') }}
    where created_on <= {{ current_build('as_of_date') }} or created_on is null
),

climbed as (
    select account_id, created_on, account_id as group_account_id, 0 as levels_up from accounts
    {%- for level in range(1, levels + 1) %}
    union all
    select level_0.account_id, level_0.created_on, level_{{ level }}.account_id as group_account_id, {{ level }} as levels_up
    from accounts as level_0
    {%- for step in range(1, level + 1) %}
    inner join accounts as level_{{ step }} on level_{{ step - 1 }}.parent_account_id = level_{{ step }}.account_id
    {%- endfor %}
    {%- endfor %}
)

select account_id, group_account_id, created_on, min(levels_up) as levels_up
from climbed
group by account_id, group_account_id, created_on
