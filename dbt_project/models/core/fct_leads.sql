-- One row per lead up to the as-of date; what happened to it later is not yet known.
select
    lead_id,
    source,
    customer_id,
    account_id,
    created_at,
    created_on,
    channel,
    campaign_id,
    status,
    {{ known_so_far('contacted_at') }},
    {{ known_so_far('qualified_at') }},
    {{ known_so_far('converted_at') }},
    {{ known_so_far('lost_at') }},
    {{ told_with('lost_on', 'loss_reason') }},
    expected_amount,
    cost,
    manager_id,
    region,
    device_key,
    original_currency,
    exchange_rate
from {{ ref('stg_crm__leads') }}
where created_on <= {{ current_build('as_of_date') }}
