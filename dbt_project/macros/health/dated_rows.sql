{#- Rows of an entity up to the as-of date, with `event_on` and the month-end `known_by`; null where nothing dates them. -#}
{% macro dated_rows(entity, entities) -%}
    {%- set columns = entities[entity] -%}
    {%- set lender = columns | selectattr('lends_event_date') | first -%}
    {%- set borrows = lender and lender['refers_to'] in entities -%}
    {%- set event_on = 'lender.event_on' if borrows else own_event_day(columns) -%}
    (
        select rows.*, {{ event_on }} as event_on, {{ month_end(event_on) }} as known_by
        from {{ source('crm', entity) }} as rows
        {%- if borrows %}
        left join {{ dated_keys(lender['refers_to'], entities) }} as lender
            on rows.source = lender.source and rows.{{ lender['column_name'] }} = lender.entity_key
        {%- endif %}
        where {{ event_on }} is null or {{ event_on }} <= {{ current_build('as_of_date') }}
    )
{%- endmacro %}

{#- Every key of an entity, with the day from which it is known: null where the entity has no date of its own. -#}
{% macro dated_keys(entity, entities) -%}
    {%- set columns = entities[entity] -%}
    {%- set key = columns | selectattr('is_key') | first -%}
    (
        select source, {{ key['column_name'] }} as entity_key, min({{ own_event_day(columns) }}) as event_on
        from {{ source('crm', entity) }} as rows
        group by source, {{ key['column_name'] }}
    )
{%- endmacro %}

{#- The stored day of the column that places a row in time. -#}
{% macro own_event_day(columns) -%}
    {%- set dated = columns | selectattr('is_event_date') | first -%}
    {%- if not dated -%} cast(null as date)
    {%- elif dated['type'] == 'timestamp' -%} rows.{{ dated['column_name'][:-3] }}_on
    {%- else -%} rows.{{ dated['column_name'] }}
    {%- endif -%}
{%- endmacro %}
