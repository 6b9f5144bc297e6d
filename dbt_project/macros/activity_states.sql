{#- States of activity in their order; the last has no limit. A unit test gives the rows by overriding the macro. -#}
{% macro activity_states() %}
    {{ return(rows_when_run('select * from ' ~ source('policy', 'activity_states') ~ ' order by position')) }}
{% endmacro %}

{#- Days of silence that a state allows: by own rhythm where that is known, held between two bounds, else as they are. -#}
{% macro silence_allowed(state) -%}
    case
        when rhythm_days is null then {{ state['days'] }}
        else cast(floor({{ clipped(state['times'] ~ ' * rhythm_days', state['least'], state['most']) }}) as bigint)
    end
{%- endmacro %}
