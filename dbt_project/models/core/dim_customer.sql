-- One row per customer known by the as-of date: the golden record, and the first and last days of buying.
with buying as (
    select
        customer_id,
        min(ordered_on) as first_activity_on,
        min(case when kind = 'sale' then ordered_on end) as first_order_on,
        max(case when kind = 'sale' then ordered_on end) as last_order_on
    from {{ ref('fct_orders') }}
    where customer_id is not null
    group by customer_id
),

-- An address is dead when the last that was heard of it is that a message came back.
dead as (
    select customer_id
    from {{ ref('stg_crm__campaign_touches') }}
    where
        kind in ('delivered', 'opened', 'clicked', 'bounced')
        and touched_on <= {{ current_build('as_of_date') }}
        and coalesce(lower(channel), 'mail') like '%mail%'
    group by customer_id
    having max(case when kind = 'bounced' then touched_at end)
        > coalesce(max(case when kind <> 'bounced' then touched_at end), timestamp '1900-01-01')
)

select
    coalesce(golden.customer_id, buying.customer_id) as customer_id,
    golden.created_at,
    golden.created_on,
    case when not is_undated or golden.customer_id is null then least(created_on, first_activity_on) end as known_on,
    buying.first_activity_on,
    buying.first_order_on,
    buying.last_order_on,
    golden.email,
    case when golden.email_status = 'valid' and dead.customer_id is not null then 'dead' else golden.email_status end
        as email_status,
    golden.phone,
    golden.phone_status,
    golden.full_name,
    golden.name_status,
    golden.given_name,
    golden.family_name,
    golden.birth_on,
    golden.gender,
    golden.age_band,
    golden.income_band,
    golden.marital_status,
    golden.household_size,
    golden.household_id,
    golden.region,
    golden.country,
    golden.country_code,
    golden.city,
    golden.street,
    golden.postal_code,
    golden.acquisition_channel,
    golden.acquisition_campaign_id,
    golden.kind,
    golden.language,
    golden.accepts_marketing,
    golden.branch,
    case when golden.closed_on <= {{ current_build('as_of_date') }} then golden.closed_on end as closed_on,
    case when golden.closed_on <= {{ current_build('as_of_date') }} then golden.close_reason end as close_reason,
    coalesce(golden.records, 0) as records
from {{ ref('int_customer__golden_record') }} as golden
full outer join buying on golden.customer_id = buying.customer_id
left join dead on golden.customer_id = dead.customer_id
