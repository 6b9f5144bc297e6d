{#- Kinds of the cost to serve, as maintenance.yml knows them. -#}
{% macro maintenance_kinds() %}{{ return(
    ['people', 'technology', 'marketing', 'campaigns', 'logistics', 'compensation', 'other']
) }}{% endmacro %}

{#- The kinds that a column of the mart tells together. -#}
{% macro maintenance_columns() %}{{ return({
    'people_cost': ['people'], 'technology_cost': ['technology'], 'marketing_cost': ['marketing', 'campaigns'],
    'other_cost': ['logistics', 'compensation', 'other']
}) }}{% endmacro %}

{#- Sum of what kinds cost, directly and shared; null when none of them is known. -#}
{% macro cost_of(kinds) -%}
    case when coalesce({% for kind in kinds %}shared_{{ kind }}{{ ', ' if not loop.last }}{% endfor %}) is not null then 0
    {%- for kind in kinds %} + coalesce(direct_{{ kind }}, 0) + coalesce(shared_{{ kind }}, 0){% endfor %} end
{%- endmacro %}

{% macro cost_of_shared(kinds) -%}
    {%- for kind in kinds %} + coalesce(shared_{{ kind }}, 0){% endfor %}
{%- endmacro %}
