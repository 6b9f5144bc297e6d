{#- Ratio of two exact sums, rounded so that equal input gives equal bytes; null when the base is zero or null. -#}
{% macro ratio(numerator, denominator, digits=6) -%}
    {{ rounded('cast(' ~ numerator ~ ' as double) / nullif(cast(' ~ denominator ~ ' as double), 0)', digits) }}
{%- endmacro %}

{#- A sum of money, back in money's type: an engine widens the sum of a decimal. -#}
{% macro money(expression) -%} cast({{ expression }} as decimal(18, 4)) {%- endmacro %}

{#- A product of two decimals of 18 digits, with every digit of it: of 18 times 18 DuckDB keeps 18, of which those after the
    point may leave none for millions; of 19 times 18 both engines keep all. -#}
{% macro product(one, other, scale=4) -%} cast({{ one }} as decimal(19, {{ scale }})) * {{ other }} {%- endmacro %}
