{#- How many values of a key are known to the entity that they refer to, of all keys in one join. A key that becomes
    known later counts from then. -#}
{% macro reference_counts(entities) -%}
select
    source,
    table_name,
    column_name,
    'consistency' as dimension,
    'known_' || refers_to as rule,
    {% set found_by = 'case when known_by is null or found_by is null then known_by else greatest(known_by, found_by) end' -%}
    case when counted = 'all' then known_by else {{ found_by }} end as known_by,
    cast(null as date) as last_event_on,
    case when counted = 'found' then found_rows else 0 end as numerator,
    case when counted = 'all' then all_rows else 0 end as denominator
from (
    select
        told.source,
        told.table_name,
        told.column_name,
        told.refers_to,
        told.known_by,
        {{ month_end('keys.event_on') }} as found_by,
        count(*) as all_rows,
        count(keys.entity_key) as found_rows
    from ({{ _references(entities) }}) as told
    inner join (select distinct source, entity from {{ source('ops', 'mapped_columns') }}) as mapped
        on told.source = mapped.source and told.refers_to = mapped.entity
    left join ({{ _keys_referred_to(entities) }}) as keys
        on told.source = keys.source and told.refers_to = keys.entity and told.entity_key = keys.entity_key
        and (keys.event_on is null or keys.event_on <= {{ current_build('as_of_date') }})
    group by
        told.source, told.table_name, told.column_name, told.refers_to, told.known_by, {{ month_end('keys.event_on') }}
) as rows
cross join (select 'all' as counted union all select 'found') as both_counts
{%- endmacro %}

{#- Columns of an entity that refer to an entity that some source tells. -#}
{% macro reference_columns(columns, entities) %}
    {{ return(columns | selectattr('refers_to', 'in', entities) | list) }}
{% endmacro %}

{#- Every key that a row says of another entity. -#}
{% macro _references(entities) -%}
    {%- set parts = [] -%}
    {%- for entity, columns in entities.items() if reference_columns(columns, entities) -%}
        {%- set keys = [] -%}
        {%- for column in reference_columns(columns, entities) -%}
            {%- do keys.append(record({
                'column_name': "'" ~ column['column_name'] ~ "'", 'refers_to': "'" ~ column['refers_to'] ~ "'",
                'entity_key': 'rows.' ~ column['column_name']
            })) -%}
        {%- endfor -%}
        {%- set part %}
    select told.source, '{{ entity }}' as table_name, reference.column_name, reference.refers_to, reference.entity_key,
        told.known_by
    from (
        select rows.source, rows.known_by, {{ list_of(keys) }} as keys from {{ dated_rows(entity, entities) }} as rows
    ) as told
    {{ each_of('told.keys', 'reference') }}
    where reference.entity_key is not null
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endfor -%}
    {{ parts | join('\n    union all') }}
{%- endmacro %}

{#- The keys of every entity that is referred to, with the day from which each is known. -#}
{% macro _keys_referred_to(entities) -%}
    {%- set told = [] -%}
    {%- for columns in entities.values() -%}
        {%- for column in reference_columns(columns, entities) if column['refers_to'] not in told -%}
            {%- do told.append(column['refers_to']) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for entity in told %}
    select '{{ entity }}' as entity, source, entity_key, event_on from {{ dated_keys(entity, entities) }} as keys
    {{- '\n    union all' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- How many different values a column has, beside how many keys have one; blanks, case and punctuation aside. -#}
{% macro distinct_counts(rule, entities) -%}
{%- set key = entities[rule['table_name']] | selectattr('is_key') | first -%}
select source, '{{ rule["table_name"] }}', '{{ rule["column_name"] }}', 'uniqueness', '{{ rule["rule"] }}', known_by,
    cast(null as date), count(*) filter (where first_of_value), count(*)
from (
    select *, row_number() over (partition by source, plain order by known_by nulls last, entity_key) = 1 as first_of_value
    from (
        select source, {{ key['column_name'] }} as entity_key, min(known_by) as known_by,
            lower(translate({{ rule['column_name'] }}, ' ()/-', '')) as plain
        from {{ dated_rows(rule['table_name'], entities) }} as rows
        where {{ rule['column_name'] }} is not null
        group by 1, 2, 4
    ) as keyed
) as numbered
group by source, known_by
{%- endmacro %}

{#- How many rows keep a rule of the policy, among those that know all its columns. -#}
{% macro rule_counts(conditions, entities) -%}
{%- set rule = conditions[0] -%}
select source, '{{ rule["table_name"] }}', '{{ rule["column_name"] }}', '{{ rule["dimension"] }}', '{{ rule["rule"] }}',
    known_by, cast(null as date), count(*) filter (where kept), count(kept)
from (
    select rows.source, rows.known_by,
        {% for part in conditions -%}
        {%- set right = part['right_column'] or part['right_value'] -%}
        {%- if part['within'] and part['operator'] == '=' -%} abs({{ part['left_column'] }} - {{ right }}) <= {{ part['within'] }}
        {%- else -%} {{ part['left_column'] }} {{ part['operator'] }} {{ right }} {%- endif -%}
        {{ ' and ' if not loop.last }}
        {%- endfor %} as kept
    from {{ dated_rows(rule['table_name'], entities) }} as rows
    {%- if 'lines_amount' in conditions | map(attribute='left_column') or 'lines_amount' in conditions | map(attribute='right_column') %}
    left join (
        select source, order_key, sum(amount) as lines_amount from {{ source('crm', 'order_items') }} group by 1, 2
    ) as lines using (source, order_key)
    {%- endif %}
) as judged
group by source, known_by
{%- endmacro %}
