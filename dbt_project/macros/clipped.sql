{#- A number held between two bounds; null stays null, which least() and greatest() would not do. -#}
{% macro clipped(expression, least, most) -%}
    case when {{ expression }} < {{ least }} then {{ least }} when {{ expression }} > {{ most }} then {{ most }} else {{ expression }} end
{%- endmacro %}
