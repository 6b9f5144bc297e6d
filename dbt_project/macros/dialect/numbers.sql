{#- A double to so many decimals, half away from zero. Spark rounds what the number looks like when printed, DuckDB the
    number itself scaled up: 4.0000015 to six decimals would be 4.000002 on one and 4.000001 on the other. -#}
{% macro rounded(expression, digits) %}{{ return(adapter.dispatch('rounded')(expression, digits)) }}{% endmacro %}
{% macro default__rounded(expression, digits) %}round({{ expression }}, {{ digits }}){% endmacro %}
{% macro spark__rounded(expression, digits) %}(round(cast({{ expression }} as double) * 1e{{ digits }}, 0) / 1e{{ digits }}){% endmacro %}
