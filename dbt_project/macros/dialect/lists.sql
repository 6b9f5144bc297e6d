{#- Lateral view of a list of structs called `as_name`, one row per element. -#}
{% macro each_of(list, as_name) %}{{ return(adapter.dispatch('each_of')(list, as_name)) }}{% endmacro %}
{% macro default__each_of(list, as_name) %}cross join unnest({{ list }}) as unnested({{ as_name }}){% endmacro %}
{% macro spark__each_of(list, as_name) %}lateral view explode({{ list }}) unnested as {{ as_name }}{% endmacro %}

{#- Texts of a group joined by a separator, in order. -#}
{% macro joined_text(text, separator, order) %}{{ return(adapter.dispatch('joined_text')(text, separator, order)) }}{% endmacro %}
{% macro default__joined_text(text, separator, order) %}string_agg({{ text }}, '{{ separator }}' order by {{ order }}){% endmacro %}
{% macro spark__joined_text(text, separator, order) %}listagg({{ text }}, '{{ separator }}') within group (order by {{ order }}){% endmacro %}
