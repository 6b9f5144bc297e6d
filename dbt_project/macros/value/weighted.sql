{#- The dimensions of the value index; columns are called after them. -#}
{% macro value_dimensions() %}{{ return(['current', 'potential', 'relationship']) }}{% endmacro %}

{#- Sum of weight × score over the indicators of a dimension that are known, and of their weights alone. -#}
{% macro weighted_sum(indicators, dimension) -%}
    0
    {%- for one in indicators if one['dimension'] == dimension %} + {{ one['indicator_weight'] }} * coalesce({{ one['indicator'] }}, 0)
    {%- endfor %}
{%- endmacro %}

{% macro known_weight(indicators, dimension) -%}
    0
    {%- for one in indicators if one['dimension'] == dimension %} + case when {{ one['indicator'] }} is null then 0 else {{ one['indicator_weight'] }} end
    {%- endfor %}
{%- endmacro %}
