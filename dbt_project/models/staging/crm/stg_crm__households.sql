-- One row per household.
select
    {{ entity_id('household_key') }} as household_id,
    source,
    region,
    household_size,
    city
from {{ source('crm', 'households') }}
