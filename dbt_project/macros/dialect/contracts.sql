{#- Contracts name types as DuckDB does. Spark has no varchar without a length, and tells no precision of a decimal,
    so there names and kinds are compared. It keeps no constraints on Parquet: the tests hold what they say. -#}
{% macro spark__get_empty_schema_sql(columns) -%}
    select
    {%- for column in columns.values() %}
        cast(null as {{ 'string' if column['data_type'] == 'varchar' else column['data_type'] }}) as {{ column['name'] }}
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro spark__persist_constraints(relation, model) %}{% endmacro %}
