-- One row per demand or refund up to the as-of date; what happened to it later is not yet known.
select
    payment_id,
    source,
    customer_id,
    account_id,
    order_id,
    subscription_id,
    kind,
    method,
    status,
    issued_at,
    issued_on,
    due_on,
    {{ known_so_far('paid_at') }},
    amount_due,
    {{ told_with('paid_on', 'amount_paid') }},
    written_off_amount,
    reminders,
    collection_stage,
    original_currency,
    exchange_rate
from {{ ref('stg_crm__payments') }}
where issued_on <= {{ current_build('as_of_date') }}
