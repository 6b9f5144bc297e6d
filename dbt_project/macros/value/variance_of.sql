{#- Sample variance from the exact sums of squares and of values over `size` rows; null for a single one. -#}
{% macro variance_of(squares, total, size) -%}
    case when {{ size }} > 1 then greatest(
        cast({{ squares }} as double) - cast({{ total }} as double) * cast({{ total }} as double) / {{ size }}, 0
    ) / ({{ size }} - 1) end
{%- endmacro %}
