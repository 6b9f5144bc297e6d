{#- Conditions of tags, known when the query is made, so that one pass over the metrics answers all of them. A unit test
    gives rows by overriding these macros. -#}
{% macro tag_conditions() %}
    {{ return(rows_when_run('select * from ' ~ source('policy', 'tag_conditions') ~ ' order by position, condition_no')) }}
{% endmacro %}

{% macro tag_attributes() %}
    {{ return(rows_when_run('select * from ' ~ source('policy', 'tag_attributes') ~ ' order by position')) }}
{% endmacro %}

{#- The conditions by tag: name → list of rows, in the order of the policy. -#}
{% macro conditions_by_tag() %}
    {%- set found = {} -%}
    {%- for row in tag_conditions() -%}
        {%- do found.setdefault(row.tag, []).append(row) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#- SQL of one condition. Names were checked when the policy was read. -#}
{% macro tag_condition(row) -%}
    {%- if row.operator == 'is' -%} {{ row.subject }} in ('{{ row.operand.split(' ') | join("', '") }}')
    {%- else -%} {{ row.subject }} {{ row.operator }} {{ row.operand }}
    {%- endif -%}
{%- endmacro %}

{#- What a model says of a customer, and where its version stands. -#}
{% macro tag_models() %}{{ return({
    'churn_risk': 'churn_model_version', 'churn_probability': 'churn_model_version', 'clv_tier': 'clv_model_version',
    'clv_12m': 'clv_model_version'
}) }}{% endmacro %}
