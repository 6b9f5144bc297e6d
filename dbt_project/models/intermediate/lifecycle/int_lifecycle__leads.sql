-- Leads that were open at a date and whose customer, if they are to have one, was not yet known. One of which the source
-- says that it was lost or converted, and not when, was open on no day that is known.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
select leads.lead_id, dates.as_of_date
from {{ ref('stg_crm__leads') }} as leads
inner join {{ source('ops', 'as_of_dates') }} as dates on leads.created_on <= dates.as_of_date
left join {{ ref('dim_customer') }} as customers on leads.customer_id = customers.customer_id
where
    coalesce(leads.status, 'new') <> 'invalid'
    and coalesce(leads.lost_on > dates.as_of_date, coalesce(leads.status, 'new') <> 'lost')
    and coalesce(leads.converted_on > dates.as_of_date, coalesce(leads.status, 'new') <> 'converted' or leads.customer_id is not null)
    and (customers.customer_id is null or customers.known_on > dates.as_of_date)
    and {{ only_stale('dates.as_of_date') }}
