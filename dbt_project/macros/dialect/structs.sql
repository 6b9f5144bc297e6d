{#- A struct of named expressions, and a list of such structs. -#}
{% macro record(fields) %}{{ return(adapter.dispatch('record')(fields)) }}{% endmacro %}
{% macro default__record(fields) -%}
struct_pack({% for name, value in fields.items() %}{{ name }} := {{ value }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
{% macro spark__record(fields) -%}
named_struct({% for name, value in fields.items() %}'{{ name }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro list_of(items) %}{{ return(adapter.dispatch('list_of')(items)) }}{% endmacro %}
{% macro default__list_of(items) %}[{{ items | join(', ') }}]{% endmacro %}
{% macro spark__list_of(items) %}array({{ items | join(', ') }}){% endmacro %}

{#- Whether text fits a regular expression. -#}
{% macro fits(text, pattern) %}{{ return(adapter.dispatch('fits')(text, pattern)) }}{% endmacro %}
{% macro default__fits(text, pattern) %}regexp_matches({{ text }}, '{{ pattern }}'){% endmacro %}
{% macro spark__fits(text, pattern) %}regexp_like({{ text }}, '{{ pattern }}'){% endmacro %}
