-- One row per result of an action up to the as-of date.
select
    action_result_id,
    source,
    action_key,
    customer_id,
    status,
    happened_at,
    happened_on,
    channel,
    cost,
    original_currency,
    exchange_rate
from {{ ref('stg_crm__action_results') }}
where happened_on <= {{ current_build('as_of_date') }}
