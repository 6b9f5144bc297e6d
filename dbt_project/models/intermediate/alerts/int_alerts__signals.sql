-- The signals that fire for a customer at an as-of date, with what an alert says of the customer then.
{%- set signals = alert_conditions() %}
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates('groups') }}") }}
with judged as (
    select
        customer_id,
        as_of_date,
        last_purchase_on,
        tier,
        churn_probability,
        churn_model_version
        {%- for signal, conditions in signals.items() %},
        {{ all_hold(conditions) }} as fires_{{ signal }}
        {%- endfor %}
    from {{ ref('int_alerts__facts') }}
    where {{ only_stale('as_of_date', 'groups') }}
)

{% for signal in signals -%}
{{ 'union all' if not loop.first }}
select customer_id, as_of_date, '{{ signal }}' as signal, last_purchase_on, tier, churn_probability, churn_model_version
from judged
where fires_{{ signal }}
{% endfor %}
