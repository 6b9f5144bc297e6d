{#- Value of the metric that a policy row names, as a double; null when the customer has none.

    Policies are rows, so the name is known only when the query runs: every number of `customer_metrics` is a branch,
    and `extra` adds others (name → expression). -#}
{% macro metric_value(name, metrics, extra={}) -%}
    case {{ name }}
    {%- for metric in customer_metric_names() %}
        when '{{ metric }}' then cast({{ metrics }}.{{ metric }} as double)
    {%- endfor %}
    {%- for metric, expression in extra.items() %}
        when '{{ metric }}' then cast({{ expression }} as double)
    {%- endfor %}
    end
{%- endmacro %}

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
    'complaints_12m', 'contacts_12m', 'active_days_3m', 'sessions_3m', 'logins_1m', 'coupon_uses_12m',
    'referrals_lifetime', 'referred_buyers_lifetime', 'active_subscriptions', 'touches_12m', 'responses_12m',
    'solution_hours_12m', 'nps_score', 'csat_12m', 'rating_12m', 'days_since_active', 'repurchases_12m'
]) }}{% endmacro %}
