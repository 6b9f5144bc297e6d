{#- Sum of doubles as decimals of six places, so that the order of rows does not matter. -#}
{% macro exact_sum(expression) -%} sum(cast({{ rounded(expression, 6) }} as decimal(38, 6))) {%- endmacro %}
