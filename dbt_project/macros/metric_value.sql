{#- Value of the metric that a policy row names, as a double; null when the customer has none.

    Policies are rows, so the name is known only when the query runs: every number of `customer_metrics` that any policy
    names is a branch, and `extra` adds others (name → expression). -#}
{% macro metric_value(name, metrics, extra={}) -%}
    case {{ name }}
    {%- set named = metrics_named_by_policies() %}
    {%- for metric in customer_metric_names() if named is none or metric in named %}
        when '{{ metric }}' then cast({{ metrics }}.{{ metric }} as double)
    {%- endfor %}
    {%- for metric, expression in extra.items() %}
        when '{{ metric }}' then cast({{ expression }} as double)
    {%- endfor %}
    end
{%- endmacro %}

{#- What policies name, so that a query reads these columns and not all; none while they are not known. A unit test gives
    rows of its own, of any metric. -#}
{% macro metrics_named_by_policies() %}
    {%- if not execute or model.resource_type == 'unit_test' -%} {{ return(none) }} {%- endif -%}
    {%- set queries = [] -%}
    {%- for table, columns in {
        'tier_settings': ['metric', 'fallback_metric'], 'tier_overrides': ['metric'],
        'value_matrix_settings': ['value_metric', 'potential_metric'],
        'rfm_settings': ['recency_metric', 'frequency_metric', 'monetary_metric'],
        'long_tail_settings': ['improvement_metric'], 'long_tail_offers': ['metric'], 'growth_points': ['metric'],
        'lifecycle_rules': ['metric_1', 'metric_2', 'metric_3', 'metric_4']
    }.items() -%}
        {%- for column in columns -%}
            {%- do queries.append('select ' ~ column ~ ' as metric from ' ~ source('policy', table)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(rows_when_run(queries | join(' union ')) | map(attribute='metric') | list) }}
{% endmacro %}

{#- The numbers of the contract of `customer_metrics`, in its order. -#}
{% macro customer_metric_names() %}{{ return([
    'tenure_days', 'recency_days', 'purchase_span_days', 'orders_lifetime', 'orders_12m', 'orders_6m',
    'orders_3m', 'orders_1m', 'purchase_days_lifetime', 'purchase_days_12m', 'active_months_lifetime',
    'active_months_12m', 'return_orders_12m', 'gross_revenue_lifetime', 'gross_revenue_12m',
    'net_revenue_lifetime', 'net_revenue_12m', 'net_revenue_6m', 'net_revenue_3m', 'net_revenue_1m',
    'returned_amount_lifetime', 'returned_amount_12m', 'lines_12m', 'products_lifetime', 'products_12m',
    'categories_lifetime', 'categories_12m', 'units_lifetime', 'units_12m', 'units_per_order_12m',
    'discount_amount_12m', 'discount_share_12m', 'return_rate_12m', 'average_order_value',
    'average_order_value_12m', 'monthly_spend', 'orders_per_month_12m', 'active_month_share_12m',
    'weekend_share', 'mean_gap_days', 'longest_gap_days', 'gap_variation', 'rhythm_ratio', 'orders_trend_3m',
    'gross_revenue_trend_3m', 'complaint_rate',
    'gross_margin_lifetime', 'gross_margin_12m', 'points_balance', 'monthly_recurring_revenue', 'overdue_amount',
    'written_off_lifetime', 'service_cost_12m', 'marketing_cost_12m', 'profit_12m', 'roi_12m', 'tickets_12m',
    'complaints_12m', 'contacts_12m', 'active_days_3m', 'sessions_3m', 'logins_1m', 'duration_minutes_3m', 'coupon_uses_12m',
    'referrals_lifetime', 'referred_buyers_lifetime', 'active_subscriptions', 'touches_12m', 'responses_12m',
    'solution_hours_12m', 'nps_score', 'csat_12m', 'rating_12m', 'days_since_active', 'repurchases_12m'
]) }}{% endmacro %}
