-- One row per source, table and customer key: what one table of one source says of a customer. Contact values stand
-- as given beside their form and what they are worth; nothing is dropped.
select
    xref.customer_id,
    customers.source,
    customers._table as source_table,
    customers.customer_key,
    customers.created_at,
    customers.created_on,
    customers.updated_at,
    coalesce(emails.standard, customers.email) as email,
    {{ contact_status('customers.email', 'emails.status') }} as email_status,
    coalesce(phones.standard, customers.phone) as phone,
    {{ contact_status('customers.phone', 'phones.status') }} as phone_status,
    customers.full_name,
    {{ contact_status('customers.full_name', 'names.status') }} as name_status,
    coalesce(customers.given_name, names.given) as given_name,
    coalesce(customers.family_name, names.family) as family_name,
    customers.street,
    customers.birth_on,
    customers.gender,
    customers.age_band,
    customers.income_band,
    customers.marital_status,
    customers.household_size,
    {{ entity_id('customers.household_key', 'customers.source') }} as household_id,
    customers.region,
    customers.country,
    countries.country_code,
    customers.city,
    customers.postal_code,
    customers.acquisition_channel,
    {{ entity_id('customers.acquisition_campaign_key', 'customers.source') }} as acquisition_campaign_id,
    customers.kind,
    customers.language,
    customers.accepts_marketing,
    customers.branch,
    customers.closed_on,
    customers.close_reason,
    customers.device_key
from {{ source('crm', 'customers') }} as customers
{{ left_join_customer_xref('customers') }}
left join {{ source('ops', 'standard_countries') }} as countries
    on customers.source = countries.source and coalesce(customers.country, '') = countries.country
left join {{ source('ops', 'standard_emails') }} as emails on customers.email = emails.email
left join {{ source('ops', 'standard_phones') }} as phones
    on customers.phone = phones.phone and countries.region = phones.region
left join {{ source('ops', 'standard_names') }} as names on customers.full_name = names.name
