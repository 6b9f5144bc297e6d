-- One row per customer and as-of date at which their tier was another than at the date before, or their first.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with tiers as (
    select
        customer_id,
        as_of_date,
        is_month_end,
        tier,
        tier_level,
        rule,
        lag(tier) over life as previous_tier,
        lag(tier_level) over life as previous_level
    from {{ ref('customer_tiers') }}
    where {{ stale_and_before('as_of_date') }}
    window life as (partition by customer_id order by as_of_date)
)

select *
from tiers
where (previous_tier is null or previous_tier <> tier) and {{ only_stale('as_of_date') }}
