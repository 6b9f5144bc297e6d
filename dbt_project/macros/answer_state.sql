{#- Whether a statement or plan came in time: kept, missed, or open while it may still come. Without an answer it is missed
    from the end of the day on which the time was over for certain; a day's own hours are not known at its end. -#}
{% macro answer_state(answer) -%}
    case
        when {{ answer }}_at <= {{ answer }}_due_at then 'kept'
        when {{ answer }}_at > {{ answer }}_due_at then 'missed'
        when {{ days_between('written_on', current_build('as_of_date')) }} >= ceil({{ answer }}_hours / 24.0) then 'missed'
        else 'open'
    end
{%- endmacro %}
