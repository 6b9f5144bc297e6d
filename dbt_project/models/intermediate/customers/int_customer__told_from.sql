-- The first day that each thing of the CRM is told of: one row, null for what no source tells. Before that day what
-- depends on it is unknown, from then on a customer to whom nothing happened has zero.
{%- set told = {
    'tickets': ('fct_tickets', 'opened_on', 'true'),
    'contacts': ('fct_contacts', 'started_on', 'true'),
    'events': ('stg_crm__events', 'occurred_on', 'true'),
    'sessions': ('stg_crm__events', 'occurred_on', 'session_key is not null'),
    'logins': ('stg_crm__events', 'occurred_on', "kind = 'login'"),
    'durations': ('stg_crm__events', 'occurred_on', 'duration_seconds between 0 and 86400'),
    'referrals': ('fct_referrals', 'referred_on', 'true'),
    'points': ('fct_points', 'booked_on', 'true'),
    'subscriptions': ('fct_subscriptions', 'starts_on', 'true'),
    'payments': ('fct_payments', 'issued_on', 'true'),
    'reaches': ('fct_campaign_touches', 'touched_on', "kind in ('targeted', 'sent', 'delivered')"),
    'touches': ('fct_campaign_touches', 'touched_on', 'true'),
    'coupon_uses': ('int_customer__coupon_uses', 'happened_on', 'true'),
    'service_costs': ('int_customer__cost_entries', 'happened_on', 'service_cost is not null'),
    'marketing_costs': ('int_customer__cost_entries', 'happened_on', 'marketing_cost is not null')
} %}
select
    {%- for name, (model, day, condition) in told.items() %}
    (select min({{ day }}) from {{ ref(model) }} where {{ condition }}) as {{ name }}_from{{ ',' if not loop.last }}
    {%- endfor %}
