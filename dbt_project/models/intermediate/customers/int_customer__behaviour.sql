-- When a customer was last active before every as-of date, and how much in the months before it.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with ever as (
    {{ carried_forward(ref('int_customer__active_days'), latest={'last_active_on': 'max(happened_on)'}) }}
),

recent as (
    {{ summed_in_windows(ref('int_customer__active_days'), {
        'active_days_3m': ('active_days', 3), 'sessions_3m': ('sessions', 3), 'logins_1m': ('logins', 1),
        'duration_seconds_3m': ('duration_seconds', 3)
    }) }}
)

select *
from ever
left join recent using (customer_id, as_of_date)
