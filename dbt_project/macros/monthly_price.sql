{#- What a price a billing period comes to in a month; a price without a period is one a month. -#}
{% macro monthly_price(price, billing_period) -%}
    {{ money(rounded(
        'cast(' ~ price ~ ' as double) / case ' ~ billing_period ~ " when 'quarter' then 3 when 'year' then 12 else 1 end", 4
    )) }}
{%- endmacro %}
