-- How many customers moved between tiers from one month-end to the next.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with tiers as (
    select customer_id, as_of_date, tier
    from {{ ref('customer_tiers') }}
    where is_month_end and {{ stale_and_before('as_of_date', month_ends=true) }}
),

with_previous as (
    select *, lag(tier) over (partition by customer_id order by as_of_date) as previous_tier
    from tiers
),

moves as (
    select as_of_date, coalesce(previous_tier, 'new') as from_tier, tier as to_tier, count(*) as customers
    from with_previous
    where {{ only_stale('as_of_date') }}
    group by as_of_date, previous_tier, tier
)

select
    as_of_date,
    from_tier,
    to_tier,
    customers,
    {{ ratio('customers', 'sum(customers) over (partition by as_of_date, from_tier)') }} as share_of_from_tier,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from moves
