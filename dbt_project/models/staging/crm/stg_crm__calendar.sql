-- One row per day and region that something is told of.
select
    {{ entity_id('calendar_key') }} as calendar_id,
    source,
    day_on,
    region,
    country,
    is_holiday,
    holiday,
    event,
    weather,
    temperature,
    rainfall
from {{ source('crm', 'calendar') }}
