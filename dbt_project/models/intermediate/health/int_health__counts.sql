-- Right values among all values per source, entity, column, dimension, rule and month in which they became known.
{% set entities = mapped_entities() %}
{%- set counts = [] %}
{%- for entity, columns in entities.items() %}
    {%- do counts.append(cell_counts(entity, entities)) %}
{%- endfor %}
{%- if entities.values() | sum(start=[]) | selectattr('refers_to', 'in', entities) | list %}
    {%- do counts.append(reference_counts(entities)) %}
{%- endif %}
{%- for column, status in {'email': 'email_status', 'phone': 'phone_status', 'full_name': 'name_status'}.items() %}
    {%- do counts.append(contact_counts(column, status)) %}
{%- endfor %}
{%- for rule in health_distinct() if rule['table_name'] in entities %}
    {%- do counts.append(distinct_counts(rule, entities)) %}
{%- endfor %}
{%- for conditions in health_rules().values() if conditions[0]['table_name'] in entities %}
    {%- do counts.append(rule_counts(conditions, entities)) %}
{%- endfor -%}
with counted as (
    select
        cast(null as string) as source,
        cast(null as string) as table_name,
        cast(null as string) as column_name,
        cast(null as string) as dimension,
        cast(null as string) as rule,
        cast(null as date) as known_by,
        cast(null as date) as last_event_on,
        cast(null as bigint) as numerator,
        cast(null as bigint) as denominator
    where false
    {%- for part in counts %}
    union all
    {{ part }}
    {%- endfor %}
)

select
    source,
    table_name,
    column_name,
    dimension,
    rule,
    known_by,
    max(last_event_on) as last_event_on,
    cast(sum(numerator) as bigint) as numerator,
    cast(sum(denominator) as bigint) as denominator
from counted
group by source, table_name, column_name, dimension, rule, known_by
