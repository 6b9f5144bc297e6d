{#- How many values of a key are known to the entity that they refer to. A key that becomes known later counts from then. -#}
{% macro reference_counts(entity, column, entities) -%}
select
    source,
    '{{ entity }}' as table_name,
    '{{ column["column_name"] }}' as column_name,
    'consistency' as dimension,
    'known_{{ column["refers_to"] }}' as rule,
    {% set found_by = 'case when known_by is null or found_by is null then known_by else greatest(known_by, found_by) end' -%}
    case when counted = 'all' then known_by else {{ found_by }} end as known_by,
    cast(null as date) as last_event_on,
    case when counted = 'found' then found_rows else 0 end as numerator,
    case when counted = 'all' then all_rows else 0 end as denominator
from (
    select
        rows.source,
        rows.known_by,
        {{ month_end('keys.event_on') }} as found_by,
        count(*) as all_rows,
        count(keys.entity_key) as found_rows
    from {{ dated_rows(entity, entities) }} as rows
    left join {{ dated_keys(column['refers_to'], entities) }} as keys
        on rows.source = keys.source and rows.{{ column['column_name'] }} = keys.entity_key
        and (keys.event_on is null or keys.event_on <= {{ current_build('as_of_date') }})
    where rows.{{ column['column_name'] }} is not null
        and rows.source in (
            select source from {{ source('ops', 'mapped_columns') }} where entity = '{{ column["refers_to"] }}'
        )
    group by rows.source, rows.known_by, {{ month_end('keys.event_on') }}
) as rows
cross join (select 'all' as counted union all select 'found') as both_counts
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
