{#- Months of the calendars, the first of each open to the past: what happened before the first order falls into it. -#}
{% macro periods_since_ever() -%}
    select
        calendar,
        period_no,
        case when period_no = min(period_no) over (partition by calendar) then date '1900-01-01' else starts_on end
            as starts_on,
        ends_on,
        as_of_date
    from {{ ref('int_calendar__periods') }}
{%- endmacro %}
