-- What serving and addressing a customer cost in the 12 months before every as-of date that had any cost.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
{{ summed_in_windows(ref('int_customer__cost_entries'), {
    'service_cost_12m': ('service_cost', 12), 'marketing_cost_12m': ('marketing_cost', 12)
}) }}
