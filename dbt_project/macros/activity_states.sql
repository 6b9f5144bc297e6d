{#- States of activity in their order; the last has no limit. A unit test gives the rows by overriding the macro. -#}
{% macro activity_states() %}
    {{ return(rows_when_run('select * from ' ~ source('policy', 'activity_states') ~ ' order by position')) }}
{% endmacro %}

{#- Days of silence that a state allows: by own rhythm where that is known, held between two bounds, else as they are. The
    rhythm has six decimals: three times 13.333333 days are 40 whole days, not 39. -#}
{% macro silence_allowed(state) -%}
    case
        when rhythm_days is null then {{ state['days'] }}
        else cast(floor({{ clipped(rounded(state['times'] ~ ' * rhythm_days', 4), state['least'], state['most']) }}) as bigint)
    end
{%- endmacro %}
