-- One row per household, with the customers who belong to it.
with members as (
    select household_id, count(*) as members from {{ ref('dim_customer') }} group by household_id
)

select
    households.household_id,
    households.source,
    households.region,
    households.household_size,
    households.city,
    coalesce(members.members, 0) as members
from {{ ref('stg_crm__households') }} as households
left join members on households.household_id = members.household_id
