{#- Parts of the loyalty score in the order of the mart's columns; the policy may leave some out. -#}
{% macro loyalty_part_names() %}{{ return([
    'repurchase', 'tenure', 'regularity', 'breadth', 'referral', 'satisfaction', 'recommendation'
]) }}{% endmacro %}

{#- Their metric, weight and bounds by the policy. A unit test gives the rows by overriding the macro. -#}
{% macro loyalty_parts() %}
    {{ return(rows_when_run('select * from ' ~ source('policy', 'loyalty_parts') ~ ' order by position')) }}
{% endmacro %}

{#- Their weights, of those that are known of the customer, and their points, each as a sum to be added to another. -#}
{% macro known_parts(parts) -%}
    {%- for one in parts %} + case when {{ one['part'] }} is null then 0 else {{ one['weight'] }} end{% endfor %}
{%- endmacro %}

{% macro sum_of_points(parts) -%}
    {%- for one in parts %} + coalesce({{ one['part'] }}_points, 0){% endfor %}
{%- endmacro %}
