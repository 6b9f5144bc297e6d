-- Tickets opened and solved and contacts of a customer in the 12 months before every as-of date that had any.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with entries as (
    select
        customer_id,
        opened_on as happened_on,
        1 as tickets,
        case when kind = 'complaint' then 1 else 0 end as complaints,
        0 as contacts,
        0 as solved,
        0 as solution_seconds
    from {{ ref('fct_tickets') }}
    union all
    select
        customer_id,
        greatest(opened_on, solved_on),
        0,
        0,
        0,
        1,
        greatest({{ seconds_between('opened_at', 'solved_at') }}, 0)
    from {{ ref('fct_tickets') }}
    where solved_on is not null
    union all
    select customer_id, started_on, 0, 0, 1, 0, 0 from {{ ref('fct_contacts') }}
)

{{ summed_in_windows('entries', {
    'tickets_12m': ('tickets', 12), 'complaints_12m': ('complaints', 12), 'contacts_12m': ('contacts', 12),
    'solved_12m': ('solved', 12), 'solution_seconds_12m': ('solution_seconds', 12)
}) }}
