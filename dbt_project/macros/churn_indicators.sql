{#- What a churn model may know of a customer at a date, by where it comes from. Only numbers known at the date: no ids to
    learn by heart and no attribute without a date. -#}
{% macro churn_indicators() %}{{ return({
    'metrics': [
        'tenure_days', 'recency_days', 'purchase_span_days', 'purchase_days_lifetime', 'orders_lifetime', 'orders_12m',
        'orders_6m', 'orders_3m', 'orders_1m', 'purchase_days_12m', 'active_months_12m', 'active_month_share_12m',
        'orders_per_month_12m', 'gross_revenue_12m', 'net_revenue_6m', 'net_revenue_3m', 'net_revenue_1m',
        'average_order_value_12m', 'return_rate_12m', 'discount_share_12m', 'units_per_order_12m', 'products_12m',
        'categories_12m', 'weekend_share', 'mean_gap_days', 'longest_gap_days', 'gap_variation', 'rhythm_ratio',
        'orders_trend_3m', 'gross_revenue_trend_3m', 'active_days_3m', 'sessions_3m', 'logins_1m', 'days_since_active',
        'tickets_12m', 'complaints_12m', 'complaint_rate', 'contacts_12m', 'solution_hours_12m', 'nps_score', 'csat_12m',
        'rating_12m', 'coupon_uses_12m', 'touches_12m', 'responses_12m', 'active_subscriptions',
        'monthly_recurring_revenue', 'overdue_amount', 'written_off_lifetime', 'points_balance', 'referrals_lifetime'
    ],
    'signals': [
        'days_since_complaint', 'days_since_late_complaint', 'late_complaints_3m', 'late_complaints_12m',
        'late_complaints_since_purchase', 'coupon_uses_3m', 'coupon_uses_trend_3m', 'active_days_trend_3m',
        'days_to_subscription_end', 'account_closed', 'days_since_closed'
    ]
}) }}{% endmacro %}

{#- Longest lead of the policy, days: for so long the outcome of a date is open. -#}
{% macro longest_churn_lead() -%}
    {%- set found = run_query('select max(lead_days) from ' ~ source('policy', 'churn_leads')) if execute else none -%}
    {{ return(found.columns[0].values()[0] if found else 0) }}
{%- endmacro %}
