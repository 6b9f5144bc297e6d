{#- Metrics of customers that do not come from orders, by the thing that must be told of anyone before they are known
    (a column `<thing>_from` of int_customer__told_from). -#}
{% macro told_counts() %}{{ return({
    'tickets': ['tickets_12m', 'complaints_12m'], 'contacts': ['contacts_12m'], 'events': ['active_days_3m'],
    'sessions': ['sessions_3m'], 'logins': ['logins_1m'], 'coupon_uses': ['coupon_uses_12m'],
    'referrals': ['referrals_lifetime', 'referred_buyers_lifetime'], 'subscriptions': ['active_subscriptions'],
    'reaches': ['touches_12m'], 'touches': ['responses_12m']
}) }}{% endmacro %}

{% macro told_amounts() %}{{ return({
    'points': ['points_balance'], 'subscriptions': ['monthly_recurring_revenue'],
    'payments': ['overdue_amount', 'written_off_lifetime'], 'service_costs': ['service_cost_12m'],
    'marketing_costs': ['marketing_cost_12m']
}) }}{% endmacro %}

{#- Those columns of a query over the models of int_customer__<domain>, told_from beside them. -#}
{% macro told_columns() -%}
    {%- for thing, names in told_counts().items() %}{% for name in names %}
        cast(case when as_of_date >= {{ thing }}_from then coalesce({{ name }}, 0) end as bigint) as {{ name }},
    {%- endfor %}{% endfor %}
    {%- for thing, names in told_amounts().items() %}{% for name in names %}
        {{ money('case when as_of_date >= ' ~ thing ~ '_from then coalesce(' ~ name ~ ', 0) end') }} as {{ name }},
    {%- endfor %}{% endfor %}
        {{ ratio('solution_seconds_12m', '3600 * solved_12m') }} as solution_hours_12m,
        {{ ratio('case when as_of_date >= durations_from then coalesce(duration_seconds_3m, 0) end', 60) }} as duration_minutes_3m,
        nps_score,
        {{ ratio('csat_total_12m', 'csat_answers_12m') }} as csat_12m,
        {{ ratio('rating_total_12m', 'ratings_12m') }} as rating_12m,
        {{ days_between('last_active_on', 'as_of_date') }} as days_since_active
{%- endmacro %}
