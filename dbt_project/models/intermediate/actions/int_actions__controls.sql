-- Who is held back from every action: the policy's share of all customers, drawn by hash within tiers at the start of the
-- span of months. Those who come later are drawn day by day, each day's share being what is missing to that of all so far:
-- the share is exact to the customer, and nobody changes sides before the span is over.
with span as (
    select
        {{ current_build('as_of_date') }} as as_of_date,
        {{ control_starts_on(current_build('as_of_date'), 'settings.control_months') }} as starts_on,
        settings.control_share,
        settings.control_salt
    from {{ source('policy', 'action_settings') }} as settings
),

before as (
    select tiers.customer_id, tiers.tier
    from {{ ref('customer_tiers') }} as tiers
    cross join span
    where tiers.as_of_date = {{ add_days('span.starts_on', -1) }}
),

drawn as (
    select
        customers.customer_id,
        span.control_share,
        case when customers.known_on >= span.starts_on then customers.known_on else date '0001-01-01' end as came_on,
        coalesce(before.tier, '') as stratum,
        md5(customers.customer_id || '|' || cast(span.starts_on as string) || '|' || span.control_salt) as draw
    from {{ ref('dim_customer') }} as customers
    cross join span
    left join before on customers.customer_id = before.customer_id
),

groups as (
    select
        came_on,
        stratum,
        count(*) as customers,
        sum(count(*)) over (order by came_on, stratum rows between unbounded preceding and current row) as so_far
    from drawn
    group by came_on, stratum
),

placed as (
    select
        drawn.customer_id,
        row_number() over (partition by drawn.came_on, drawn.stratum order by drawn.draw, drawn.customer_id) as place,
        floor(groups.so_far * drawn.control_share)
        - floor((groups.so_far - groups.customers) * drawn.control_share) as held_back
    from drawn
    inner join groups on drawn.came_on = groups.came_on and drawn.stratum = groups.stratum
)

select customer_id, place <= held_back as is_control
from placed
