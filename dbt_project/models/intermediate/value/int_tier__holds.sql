-- The hold in force for a customer at an as-of date; where several are, the first in the policy.
with named as (
    select holds.*, coalesce(xref.customer_id, holds.customer_id) as held_customer
    from {{ source('policy', 'tier_holds') }} as holds
    left join {{ source('identity', 'customer_xref') }} as xref
        on holds.source = xref.source and holds.customer_key = xref.customer_key
),

in_force as (
    select
        named.held_customer as customer_id,
        dates.as_of_date,
        tiers.level,
        named.inputs,
        row_number() over (partition by named.held_customer, dates.as_of_date order by named.position) as choice
    from named
    inner join {{ source('ops', 'as_of_dates') }} as dates
        on dates.as_of_date between named.held_from and named.held_to
    inner join {{ source('policy', 'tiers') }} as tiers on named.tier = tiers.tier
    where named.held_customer is not null
)

select customer_id, as_of_date, level, inputs
from in_force
where choice = 1
