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
    {{ converted('monthly_cost', 'exchange_rate') }} as monthly_cost,
    capacity,
    original_currency,
    exchange_rate
from {{ priced('account_managers', current_build('as_of_date')) }} as account_managers
