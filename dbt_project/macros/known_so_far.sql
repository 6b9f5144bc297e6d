{#- A moment `x_at` and its business date `x_on` (or a date alone), null while the date is after the as-of date. -#}
{% macro known_so_far(moment) -%}
    {%- set day = moment | replace('_at', '_on') -%}
    {%- for column in [moment, day] | unique -%}
    case when {{ day }} <= {{ current_build('as_of_date') }} then {{ column }} end as {{ column }}
    {%- if not loop.last %},
    {% endif %}
    {%- endfor -%}
{%- endmacro %}

{#- What goes with a day and has none of its own, such as a reason: null while the day is after the as-of date. -#}
{% macro told_with(day, column) -%}
    case when {{ day }} > {{ current_build('as_of_date') }} then null else {{ column }} end as {{ column }}
{%- endmacro %}
