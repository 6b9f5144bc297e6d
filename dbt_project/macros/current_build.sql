{#- A field of the build that is being made: build_id, as_of_date, policy_version, code_version or currency. -#}
{% macro current_build(field) -%} (select max({{ field }}) from {{ source('ops', 'current_build') }}) {%- endmacro %}
