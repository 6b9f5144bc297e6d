-- One row per customer and tag at the current date: what they are called, by which rule or model, and since when.
with people as (
    select * from {{ ref('dim_customer') }}
),

attributes as (
    select cast(null as string) as customer_id, cast(null as string) as tag, cast(null as string) as value_text,
        cast(null as date) as since
    where false
    {%- for row in tag_attributes() %}
    union all
    select customer_id, '{{ row.column_name }}', cast({{ row.column_name }} as string), created_on
    from people
    where {{ row.column_name }} is not null
    {%- endfor %}
),

tags as (
    select
        held.customer_id,
        held.tag,
        policy.tag_en,
        policy.tag_zh,
        policy.kind,
        case when held.is_by_model then 'model' else 'policy' end as given_by,
        policy.rule,
        held.measure,
        held.value_number,
        held.value_text,
        held.since,
        held.model_version
    from {{ ref('int_tags__held') }} as held
    inner join {{ source('policy', 'tags') }} as policy on held.tag = policy.tag
    union all
    select
        attributes.customer_id,
        attributes.tag,
        policy.tag_en,
        policy.tag_zh,
        'attribute' as kind,
        'record' as given_by,
        'attribute' as rule,
        attributes.tag as measure,
        cast(null as double) as value_number,
        attributes.value_text,
        attributes.since,
        cast(null as string) as model_version
    from attributes
    inner join {{ source('policy', 'tag_attributes') }} as policy on attributes.tag = policy.column_name
)

select
    *,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from tags
