-- One row per customer known by the as-of date. What several tables say is merged column by column:
-- the first table in name order that knows a value gives it.
with told as (
    select
        *,
        row_number() over (partition by customer_id order by source, source_table, customer_key) as precedence
    from {{ ref('stg_crm__customers') }}
    where created_on is null or created_on <= {{ current_build('as_of_date') }}
),

attributes as (
    select
        customer_id,
        min(created_at) as created_at,
        min(created_on) as created_on,
        max(case when created_on is null then 1 else 0 end) = 1 as is_undated
        {%- for column in [
            'email', 'phone', 'full_name', 'birth_on', 'gender', 'age_band', 'income_band', 'marital_status',
            'household_size', 'household_id', 'region', 'country', 'city', 'postal_code', 'acquisition_channel'
        ] %},
        {{ first_known(column) }} as {{ column }}
        {%- endfor %}
    from told
    group by customer_id
),

buying as (
    select
        customer_id,
        min(ordered_on) as first_activity_on,
        min(case when kind = 'sale' then ordered_on end) as first_order_on,
        max(case when kind = 'sale' then ordered_on end) as last_order_on
    from {{ ref('fct_orders') }}
    where customer_id is not null
    group by customer_id
)

select
    coalesce(attributes.customer_id, buying.customer_id) as customer_id,
    attributes.created_at,
    attributes.created_on,
    case when not is_undated or attributes.customer_id is null then least(created_on, first_activity_on) end as known_on,
    buying.first_activity_on,
    buying.first_order_on,
    buying.last_order_on,
    attributes.email,
    attributes.phone,
    attributes.full_name,
    attributes.birth_on,
    attributes.gender,
    attributes.age_band,
    attributes.income_band,
    attributes.marital_status,
    attributes.household_size,
    attributes.household_id,
    attributes.region,
    attributes.country,
    attributes.city,
    attributes.postal_code,
    attributes.acquisition_channel
from attributes
full outer join buying on attributes.customer_id = buying.customer_id
