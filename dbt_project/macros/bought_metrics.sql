{#- Metrics of customers that come from their orders, as columns of a query over the totals of int_customer__totals, what
    is told of a customer beside them (told_metrics.sql). What only lines or discounts can tell is null without any. -#}
{% macro bought_columns() -%}
{%- set counts = [
    'orders_lifetime', 'orders_12m', 'orders_6m', 'orders_3m', 'orders_1m', 'purchase_days_lifetime',
    'purchase_days_12m', 'active_months_lifetime', 'active_months_12m', 'return_orders_12m'
] %}
{%- set amounts = [
    'gross_revenue_lifetime', 'gross_revenue_12m', 'net_revenue_lifetime', 'net_revenue_12m', 'net_revenue_6m',
    'net_revenue_3m', 'net_revenue_1m', 'returned_amount_lifetime', 'returned_amount_12m'
] %}
{%- set counts_of_lines = [
    'lines_12m', 'products_lifetime', 'products_12m', 'categories_lifetime', 'categories_12m'
] %}
    {%- for count in counts %}
    cast(coalesce({{ count }}, 0) as bigint) as {{ count }},
    {%- endfor %}
    {%- for amount in amounts %}
    {{ money('coalesce(' ~ amount ~ ', 0)') }} as {{ amount }},
    {%- endfor %}
    {%- for count in counts_of_lines %}
    cast(case when has_lines then {{ count }} end as bigint) as {{ count }},
    {%- endfor %}
    {{ money('case when has_lines then units_lifetime end') }} as units_lifetime,
    {{ money('case when has_lines then units_12m end') }} as units_12m,
    {{ ratio('case when has_lines then units_12m end', 'orders_12m') }} as units_per_order_12m,
    {{ money('case when has_discounts then discount_amount_12m end') }} as discount_amount_12m,
    {{ ratio('case when has_discounts then discount_amount_12m end', 'gross_revenue_12m + discount_amount_12m') }}
        as discount_share_12m,
    {{ ratio('returned_amount_12m', 'gross_revenue_12m') }} as return_rate_12m,
    {{ ratio('gross_revenue_lifetime', 'orders_lifetime') }} as average_order_value,
    {{ ratio('gross_revenue_12m', 'orders_12m') }} as average_order_value_12m,
    {{ ratio('net_revenue_12m', 'months_observed_12m') }} as monthly_spend,
    {{ ratio('orders_12m', 'months_observed_12m') }} as orders_per_month_12m,
    {{ ratio('active_months_12m', 'months_observed_12m') }} as active_month_share_12m,
    {{ ratio('weekend_purchase_days_lifetime', 'purchase_days_lifetime') }} as weekend_share,
    {{ ratio('purchase_span_days', 'gaps') }} as mean_gap_days,
    longest_gap_days,
    case when gaps > 1 then {{ ratio(
        'sqrt(gaps * squared_gap_days_lifetime - purchase_span_days * purchase_span_days)', 'purchase_span_days'
    ) }} end as gap_variation,
    {{ ratio('recency_days * gaps', 'purchase_span_days') }} as rhythm_ratio,
    {{ ratio('orders_3m - orders_previous_3m', 'orders_3m + orders_previous_3m') }} as orders_trend_3m,
    case when gross_revenue_3m >= 0 and gross_revenue_previous_3m >= 0 then
        {{ ratio('gross_revenue_3m - gross_revenue_previous_3m', 'gross_revenue_3m + gross_revenue_previous_3m') }}
    end as gross_revenue_trend_3m
{%- endmacro %}
