{#- A schema is called what the project calls it, in every workspace and on every engine. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
