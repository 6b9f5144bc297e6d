{#- Condition: a score of the day was known to those who lived it. One of an earlier date than one that was scored before it is
    hindsight, and only the version of its own date tells it. -#}
{% macro scored_in_time(day) -%}
({{ day }} = {{ current_build('as_of_date') }} or {{ day }} not in (select as_of_date from {{ source('scores', 'scored_later') }}))
{%- endmacro %}
