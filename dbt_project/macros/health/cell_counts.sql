{#- Filled and well-formed values of every column of an entity, in one scan. Only columns that the table maps count as
    absent. The load lets no value through that is not of its type, so those of other types than text are well formed;
    what it refused is counted beside. -#}
{% macro cell_counts(entity, entities) -%}
select told.source, told.table_name, told.column_name, told.dimension, told.rule, told.known_by, told.last_event_on,
    told.numerator, told.denominator
from (
    select
        counted.source,
        counted._table,
        '{{ entity }}' as table_name,
        measure.column_name,
        measure.dimension,
        measure.rule,
        counted.known_by,
        counted.last_event_on,
        measure.numerator,
        measure.denominator
    from (
        select
            rows.source,
            rows._table,
            rows.known_by,
            max(rows.event_on) as last_event_on,
            {{ list_of(_cell_measures(entity, entities[entity])) }} as measures
        from {{ dated_rows(entity, entities) }} as rows
        group by rows.source, rows._table, rows.known_by
    ) as counted
    {{ each_of('counted.measures', 'measure') }}
) as told
inner join {{ source('ops', 'mapped_columns') }} as mapped
    on told.source = mapped.source and told._table = mapped.table_name
    and told.table_name = mapped.entity and told.column_name = mapped.column_name
{%- endmacro %}

{% macro _cell_measures(entity, columns) %}
    {%- set measures = [] -%}
    {%- for column in columns -%}
        {%- set value = 'rows.' ~ column['column_name'] -%}
        {%- set filled = 'count(' ~ value ~ ')' -%}
        {%- set formed = well_formed(entity, column['column_name'], value) if column['type'] == 'text' else none -%}
        {%- set sound = 'count(*) filter (where ' ~ formed ~ ')' if formed else filled -%}
        {%- do measures.append(health_measure(column, 'completeness', 'filled', filled, 'count(*)')) -%}
        {%- do measures.append(health_measure(column, 'validity', 'well_formed', sound, filled)) -%}
        {%- if column['is_key'] -%}
            {%- do measures.append(health_measure(column, 'uniqueness', 'key_once', 'count(*)', 'count(*)')) -%}
        {%- endif -%}
        {%- if column['is_event_date'] and column['is_required'] and column['type'] == 'timestamp' -%}
            {%- do measures.append(health_measure(column, 'timeliness', 'recent', filled, filled)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(measures) }}
{% endmacro %}

{% macro health_measure(column, dimension, rule, numerator, denominator) %}
    {{ return(record({
        'column_name': "'" ~ column['column_name'] ~ "'", 'dimension': "'" ~ dimension ~ "'", 'rule': "'" ~ rule ~ "'",
        'numerator': numerator, 'denominator': denominator
    })) }}
{% endmacro %}

{#- Whether a text was read rightly, and is an address where it should be one; identity parses those of customers. -#}
{% macro well_formed(entity, column, value) -%}
    {%- if column == 'email' and entity != 'customers' -%} {{ fits('trim(' ~ value ~ ')', '^[^@ ]+@[^@ ]+[.][^@ .]+$') }}
    {%- elif column == 'phone' and entity != 'customers' -%} {{ fits('trim(' ~ value ~ ')', '^[+(]*[0-9][0-9 ()./-]{5,}$') }}
    {%- else -%} {{ value }} not like '%�%'
    {%- endif -%}
{%- endmacro %}
