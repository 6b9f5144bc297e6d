-- One row per person of ours who looks after customers.
select
    {{ entity_id('manager_key') }} as manager_id,
    source,
    manager_name,
    manager_contact,
    level,
    team,
    region,
    branch,
    {{ entity_id('supervisor_key') }} as supervisor_id,
    hired_on,
    left_on,
    monthly_cost,
    capacity
from {{ source('crm', 'account_managers') }}
