{#- Contracts name types as DuckDB does; Spark has other names for two of them. It tells the types of a query without
    running it, so one question replaces the two empty queries of dbt, which know no precision of a decimal. -#}
{% macro spark__get_assert_columns_equivalent(sql) %}
    {%- set names = {'varchar': 'string', 'integer': 'int'} -%}
    {%- set asked, told = [], [] -%}
    {%- for column in model['columns'].values() -%}
        {%- set type = column['data_type'] | lower | replace(' ', '') -%}
        {%- do asked.append(_contract_column(column['name'], names.get(type, type))) -%}
    {%- endfor -%}
    {%- for row in run_query('describe query ' ~ sql).rows -%}
        {%- do told.append(_contract_column(row[0], row[1])) -%}
    {%- endfor -%}
    {%- if asked | map(attribute='formatted') | sort != told | map(attribute='formatted') | sort -%}
        {%- do exceptions.raise_contract_error(asked, told) -%}
    {%- endif -%}
{% endmacro %}

{% macro _contract_column(name, type) %}
    {{ return({'name': name, 'data_type': type, 'formatted': name | lower ~ ' ' ~ type}) }}
{% endmacro %}

{#- Spark keeps no constraints on Parquet: data tests hold what they say. -#}
{% macro spark__persist_constraints(relation, model) %}{% endmacro %}
