-- One row per demand or refund. What is paid on a day that the source does not tell counts as paid in time.
select
    {{ entity_id('payments.payment_key', 'payments.source') }} as payment_id,
    payments.source,
    xref.customer_id,
    {{ entity_id('payments.account_key', 'payments.source') }} as account_id,
    {{ entity_id('payments.order_key', 'payments.source') }} as order_id,
    {{ entity_id('payments.subscription_key', 'payments.source') }} as subscription_id,
    coalesce(payments.kind, case when coalesce(payments.amount_due, payments.amount_paid) < 0 then 'refund' end) as kind,
    payments.method,
    payments.status,
    payments.issued_at,
    payments.issued_on,
    payments.due_on,
    payments.paid_at,
    coalesce(payments.paid_on, case when payments.status = 'paid' then coalesce(payments.due_on, payments.issued_on) end) as paid_on,
    {{ converted('payments.amount_due', 'payments.exchange_rate') }} as amount_due,
    {{ converted('payments.amount_paid', 'payments.exchange_rate') }} as amount_paid,
    {{ converted('payments.written_off_amount', 'payments.exchange_rate') }} as written_off_amount,
    payments.reminders,
    payments.collection_stage,
    payments.original_currency,
    payments.exchange_rate
from {{ priced('payments', 'rows.issued_on') }} as payments
{{ left_join_customer_or_buyer_xref('payments', 'payment_key', true) }}
