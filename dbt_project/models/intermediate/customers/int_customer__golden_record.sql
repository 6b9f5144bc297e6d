-- One row per customer that any table tells of by the as-of date: for each column the value that survives among the
-- records of the person, by the policy's rule for it (survivorship in identity.yml). A lone record survives as it is.
{{ config(materialized='view') }}
{% set statuses = {'email': 'email_status', 'phone': 'phone_status', 'full_name': 'name_status'} %}
with rules as (
    select
        {%- for column in golden_columns() %}
        max(case when column_name = '{{ column }}' then rule end) as rules_{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source('policy', 'survivorship') }}
),

told as (
    select * from {{ ref('stg_crm__customers') }}
    where created_on is null or created_on <= {{ current_build('as_of_date') }}
),

told_by_several as (
    select customer_id from told group by customer_id having count(*) > 1
),

ranked as (
    select
        told.*,
        coalesce(told.updated_at, told.created_at) as told_at,
        0
        {%- for column in golden_columns() %} + case when {{ column }} is null then 0 else 1 end {%- endfor %} as known,
        row_number() over (
            partition by told.customer_id
            order by coalesce(priority.position, 1000000), told.source, told.source_table, told.customer_key
        ) as precedence
    from told
    left join {{ source('policy', 'source_priority') }} as priority on told.source = priority.source
    where told.customer_id in (select customer_id from told_by_several)
),

ordered as (
    select
        *,
        row_number() over (
            partition by customer_id order by case when told_at is null then 1 else 0 end, told_at desc, precedence
        ) as recency,
        row_number() over (partition by customer_id order by known desc, precedence) as completeness
    from ranked
)

select
    customer_id,
    min(created_at) as created_at,
    min(created_on) as created_on,
    max(case when created_on is null then 1 else 0 end) = 1 as is_undated,
    count(distinct source || '|' || customer_key) as records,
    case
        when count(distinct case when closed_on is not null then source || '|' || customer_key end)
            = count(distinct source || '|' || customer_key)
            then max(closed_on)
    end as closed_on,
    {{ first_known('close_reason') }} as close_reason,
    {%- for column, status in statuses.items() %}
    coalesce({{ survivor(column, status, status) }}, 'missing') as {{ status }},
    {%- endfor %}
    {%- for column in golden_columns() %}
    {{ survivor(column, statuses.get(column)) }} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from ordered
cross join rules
group by customer_id
union all
select
    customer_id,
    created_at,
    created_on,
    created_on is null as is_undated,
    1 as records,
    closed_on,
    close_reason,
    {%- for column, status in statuses.items() %}
    case when {{ column }} is null then 'missing' else coalesce({{ status }}, 'missing') end as {{ status }},
    {%- endfor %}
    {%- for column in golden_columns() %}
    {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from told
where customer_id not in (select customer_id from told_by_several)
