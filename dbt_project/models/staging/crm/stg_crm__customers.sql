-- One row per source, table and customer key: what one table of one source says of a customer.
select
    xref.customer_id,
    customers.source,
    customers._table as source_table,
    customers.customer_key,
    customers.created_at,
    customers.created_on,
    customers.email,
    customers.phone,
    customers.full_name,
    customers.birth_on,
    customers.gender,
    customers.age_band,
    customers.income_band,
    customers.marital_status,
    customers.household_size,
    {{ entity_id('customers.household_key', 'customers.source') }} as household_id,
    customers.region,
    customers.country,
    customers.city,
    customers.postal_code,
    customers.acquisition_channel
from {{ source('crm', 'customers') }} as customers
{{ left_join_customer_xref('customers') }}
