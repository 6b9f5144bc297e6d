-- One row per household.
select
    household_id,
    source,
    region,
    household_size,
    city
from {{ ref('stg_crm__households') }}
