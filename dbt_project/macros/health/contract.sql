{#- What is counted is read from tables when the query is made: a new entity, declaration or rule needs no change here. -#}

{#- Columns that a source maps, with their roles in the contract: name of the entity → list of columns. -#}
{% macro mapped_entities() %}
    {%- set entities = {} -%}
    {%- for row in rows_when_run(
        'select * from ' ~ source('ops', 'contract_columns') ~ ' where (entity, column_name) in '
        ~ '(select entity, column_name from ' ~ source('ops', 'mapped_columns') ~ ') order by entity, position') -%}
        {%- do entities.setdefault(row['entity'], []).append(row) -%}
    {%- endfor -%}
    {{ return(entities) }}
{% endmacro %}

{#- Conditions of a policy's rules: name of the rule → its rows, in their order. -#}
{% macro health_rules() %}
    {%- set rules = {} -%}
    {%- for row in rows_when_run(
        'select * from ' ~ source('policy', 'data_health_rules') ~ ' order by position, condition_no') -%}
        {%- do rules.setdefault(row['rule'], []).append(row) -%}
    {%- endfor -%}
    {{ return(rules) }}
{% endmacro %}

{% macro health_distinct() %}
    {{ return(rows_when_run('select * from ' ~ source('policy', 'data_health_distinct') ~ ' order by rule')) }}
{% endmacro %}

{#- Rows of a query as dictionaries; none while dbt only parses. -#}
{% macro rows_when_run(query) %}
    {%- set rows = [] -%}
    {%- if execute -%}
        {%- for row in run_query(query).rows -%}{%- do rows.append(row.dict()) -%}{%- endfor -%}
    {%- endif -%}
    {{ return(rows) }}
{% endmacro %}
