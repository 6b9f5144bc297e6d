-- Leads that were open at a date and whose customer, if they are to have one, was not yet known.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
select leads.lead_id, dates.as_of_date
from {{ ref('fct_leads') }} as leads
inner join {{ source('ops', 'as_of_dates') }} as dates on leads.created_on <= dates.as_of_date
left join {{ ref('dim_customer') }} as customers on leads.customer_id = customers.customer_id
where
    coalesce(leads.status, 'new') <> 'invalid'
    and (leads.lost_on is null or leads.lost_on > dates.as_of_date)
    and (leads.converted_on is null or leads.converted_on > dates.as_of_date)
    and (customers.customer_id is null or customers.known_on > dates.as_of_date)
    and {{ only_stale('dates.as_of_date') }}
