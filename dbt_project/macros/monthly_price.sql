{#- What a price a billing period comes to in a month; null when the period or the price is unknown. -#}
{% macro monthly_price(price, billing_period) -%}
    {{ money('cast(' ~ price ~ ' as double) / case ' ~ billing_period ~ " when 'month' then 1 when 'quarter' then 3 when 'year' then 12 end") }}
{%- endmacro %}
