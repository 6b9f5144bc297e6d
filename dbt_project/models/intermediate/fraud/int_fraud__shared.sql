-- What several customers signed up with: one row per customer and device, telephone number or address, which is told by
-- a hash alone, with how many share it and how many of them never bought.
with given as (
    select customer_id, 'device' as kind, source || ' ' || device_key as what from {{ ref('stg_crm__customers') }}
    where device_key is not null
    union
    select customer_id, 'phone', phone from {{ ref('stg_crm__customers') }}
    where phone is not null and phone_status = 'valid'
    union
    select customer_id, 'address', lower(street) || ' ' || coalesce(lower(postal_code), '') from {{ ref('stg_crm__customers') }}
    where street is not null
),

known as (
    select
        given.customer_id,
        given.kind,
        md5(given.what) as shared_key,
        customers.first_order_on is not null as has_bought,
        customers.first_order_on is null
            and {{ add_days('customers.known_on', 'settings.quiet_days') }} <= {{ current_build('as_of_date') }} as is_quiet,
        customers.known_on
    from given
    inner join {{ ref('dim_customer') }} as customers on given.customer_id = customers.customer_id
    cross join {{ source('policy', 'fraud_settings') }} as settings
    where customers.known_on <= {{ current_build('as_of_date') }}
)

select
    customer_id,
    kind,
    shared_key,
    is_quiet,
    known_on,
    count(*) over (partition by kind, shared_key) as accounts,
    count(case when is_quiet then 1 end) over (partition by kind, shared_key) as quiet_accounts,
    count(case when has_bought then 1 end) over (partition by kind, shared_key) as buyers
from known
