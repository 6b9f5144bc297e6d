-- Tags that customers hold at the current date by the conditions of the policy, each with the value behind it and the
-- first as-of date since which it has held without a break.
{%- set tags = conditions_by_tag() %}
with now as (
    select facts.*, broken.first_on
        {%- for tag in tags %},
        broken.{{ tag }}_not_on
        {%- endfor %}
    from {{ ref('int_tags__facts') }} as facts
    inner join {{ ref('int_tags__broken') }} as broken
        on facts.customer_id = broken.customer_id and facts.as_of_date = broken.as_of_date
    where facts.is_current
),

held as (
    {%- for tag, conditions in tags.items() %}
    {%- set subject = conditions[0].subject %}
    {{ 'union all' if not loop.first }}
    select
        customer_id,
        '{{ tag }}' as tag,
        '{{ subject }}' as measure,
        {{ 'cast(null as double)' if conditions[0].operator == 'is' else 'cast(' ~ subject ~ ' as double)' }} as value_number,
        {{ subject if conditions[0].operator == 'is' else 'cast(null as string)' }} as value_text,
        {%- set models = conditions | map(attribute='subject') | select('in', tag_models()) | list %}
        {{ tag_models()[models[0]] if models else 'cast(null as string)' }} as model_version,
        {{ 'true' if models else 'false' }} as is_by_model,
        first_on,
        {{ tag }}_not_on as not_on
    from now
    where {{ tag }}_not_on is null or {{ tag }}_not_on < as_of_date
    {%- endfor %}
),

dates as (
    select as_of_date, lead(as_of_date) over (order by as_of_date) as next_date
    from {{ source('ops', 'as_of_dates') }}
)

select
    held.customer_id,
    held.tag,
    held.measure,
    held.value_number,
    held.value_text,
    held.model_version,
    held.is_by_model,
    coalesce(dates.next_date, held.first_on) as since
from held
left join dates on held.not_on = dates.as_of_date
