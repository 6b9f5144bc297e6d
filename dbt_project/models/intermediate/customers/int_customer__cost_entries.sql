-- What serving and addressing a customer cost, by day and never twice: one row per booking, contact, case or touch.
-- A booking of a known amount that names a contact, or compensates a ticket, takes the place of what these say of themselves: where it
-- comes later, their own cost is taken back on its day.
with bookings as (
    select
        customer_id,
        incurred_on,
        coalesce(kind, 'other') as kind,
        contact_id,
        case when kind = 'compensation' then ticket_id end as ticket_id,
        case when coalesce(kind, 'other') <> 'marketing' then amount end as service_cost,
        case when kind = 'marketing' then amount end as marketing_cost
    from {{ ref('fct_service_costs') }}
),

booked as (
    select 'contact' as what, contact_id as id, min(incurred_on) as booked_on
    from bookings
    where contact_id is not null and coalesce(service_cost, marketing_cost) is not null
    group by contact_id
    union all
    select 'ticket', ticket_id, min(incurred_on)
    from bookings
    where ticket_id is not null and coalesce(service_cost, marketing_cost) is not null
    group by ticket_id
),

own_costs as (
    select
        'contact' as what, contact_id as id, customer_id, started_on as happened_on, cost,
        case when answered_by in ('bot', 'self_service') then 'technology' else 'people' end as kind
    from {{ ref('fct_contacts') }}
    where cost is not null
    union all
    select
        'ticket', ticket_id, customer_id, greatest(opened_on, least(solved_on, closed_on)), compensation_amount,
        'compensation'
    from {{ ref('fct_tickets') }}
    where compensation_amount is not null and least(solved_on, closed_on) is not null
),

not_booked as (
    select own_costs.*, booked.booked_on
    from own_costs
    left join booked on own_costs.what = booked.what and own_costs.id = booked.id
    where booked.booked_on is null or booked.booked_on > own_costs.happened_on
)

select customer_id, incurred_on as happened_on, kind, service_cost, marketing_cost from bookings
union all
select customer_id, happened_on, kind, cost, null from not_booked
union all
select customer_id, booked_on, kind, -cost, null from not_booked where booked_on is not null
union all
select customer_id, cost_on, 'marketing', null, cost from {{ ref('int_customer__campaign_days') }} where cost is not null
