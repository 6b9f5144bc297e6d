{#- What is summed of a customer's days, and over which spans. Both calendars (month-ends, the current date) follow it. -#}
{% macro customer_totals() %}{{ return({
    'orders': ['lifetime', '12m', '6m', '3m'], 'purchase_days': ['lifetime', '12m'],
    'weekend_purchase_days': ['lifetime'], 'active_months': ['lifetime', '12m'],
    'return_orders': ['12m'], 'orders_with_lines': ['lifetime'], 'orders_with_discount': ['12m'],
    'gross_revenue': ['lifetime', '12m', '3m'], 'net_revenue': ['lifetime', '12m', '6m', '3m'],
    'gross_margin': ['lifetime', '12m'], 'assumed_margins': ['lifetime'], 'shipping_amount': ['12m'],
    'returned_amount': ['lifetime', '12m'], 'discount_amount': ['12m'], 'units': ['lifetime', '12m'],
    'lines': ['12m'], 'first_day_revenue': ['lifetime'], 'squared_gap_days': ['lifetime']
}) }}{% endmacro %}

{#- A sum of one of them in its own type, half as wide as what an engine gives a sum. -#}
{% macro customer_total(measure, total) -%}
    {%- if measure in ['gross_revenue', 'net_revenue', 'gross_margin', 'shipping_amount', 'returned_amount',
        'discount_amount', 'units', 'first_day_revenue'] -%} {{ money(total) }}
    {%- else -%} cast({{ total }} as bigint)
    {%- endif -%}
{%- endmacro %}

{#- Names of all columns of int_customer__cumulated and int_customer__current, in their order. -#}
{% macro customer_total_columns() %}
    {%- set names = [
        'customer_id', 'as_of_date', 'months_observed_12m', 'first_purchase_on', 'last_purchase_on',
        'longest_gap_days', 'orders_1m', 'net_revenue_1m', 'orders_previous_3m', 'gross_revenue_previous_3m',
        'products_lifetime', 'categories_lifetime', 'products_12m', 'categories_12m'
    ] -%}
    {%- for measure, spans in customer_totals().items() -%}
        {%- for span in spans -%}{%- do names.append(measure ~ '_' ~ span) -%}{%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}
