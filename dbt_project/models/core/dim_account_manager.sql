-- One row per person of ours who looks after customers up to the as-of date; what happened to it later is not yet known.
select
    manager_id,
    source,
    manager_name,
    level,
    team,
    region,
    branch,
    supervisor_id,
    hired_on,
    {{ known_so_far('left_on') }},
    monthly_cost,
    capacity,
    original_currency,
    exchange_rate
from {{ ref('stg_crm__account_managers') }}
where hired_on <= {{ current_build('as_of_date') }} or hired_on is null
