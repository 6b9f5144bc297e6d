{#- Lateral view of a list of structs called `as_name`, one row per element. -#}
{% macro each_of(list, as_name) %}{{ return(adapter.dispatch('each_of')(list, as_name)) }}{% endmacro %}
{% macro default__each_of(list, as_name) %}cross join unnest({{ list }}) as unnested({{ as_name }}){% endmacro %}
{% macro spark__each_of(list, as_name) %}lateral view explode({{ list }}) unnested as {{ as_name }}{% endmacro %}
