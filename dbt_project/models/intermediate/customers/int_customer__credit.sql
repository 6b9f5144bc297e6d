-- What a customer owes past its due date, and what was given up so far, at every as-of date from the first of it on.
-- Parts paid carry no date: a demand is owed whole until it is paid in full or given up.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with demands as (
    select
        customer_id,
        case when due_on is not null then greatest(issued_on, {{ add_days('due_on', 1) }}) end as overdue_on,
        paid_on,
        case when written_off_amount > 0 then {{ written_off_on() }} end as written_off_on,
        amount_due,
        written_off_amount
    from {{ ref('fct_payments') }}
    cross join {{ source('policy', 'value_driver_settings') }} as settings
    where coalesce(kind, 'charge') = 'charge'
),

settled as (
    select *, least(paid_on, written_off_on) as settled_on
    from demands
),

entries as (
    select customer_id, overdue_on as happened_on, amount_due as overdue_amount, 0 as written_off_lifetime
    from settled
    where settled_on is null or settled_on > overdue_on
    union all
    select customer_id, settled_on, -amount_due, 0 from settled where settled_on > overdue_on
    union all
    select customer_id, written_off_on, 0, written_off_amount from settled where written_off_on is not null
)

{{ carried_forward('entries', totals=['overdue_amount', 'written_off_lifetime']) }}
