{#- Ratio of two exact sums, rounded so that equal input gives equal bytes; null when the base is zero or null. -#}
{% macro ratio(numerator, denominator, digits=6) -%}
    {{ rounded('cast(' ~ numerator ~ ' as double) / nullif(cast(' ~ denominator ~ ' as double), 0)', digits) }}
{%- endmacro %}

{#- A sum of money, back in money's type: an engine widens the sum of a decimal. -#}
{% macro money(expression) -%} cast({{ expression }} as decimal(18, 4)) {%- endmacro %}
