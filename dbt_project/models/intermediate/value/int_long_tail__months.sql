-- How many month-ends in a row, up to the current date, a customer has been in a tier of low value.
with tiers as (
    select
        customer_id,
        as_of_date,
        is_month_end,
        is_current,
        tier_level,
        tier_level > (select max(level) from {{ source('policy', 'tiers') }}) - settings.low_tiers as is_low
    from {{ ref('customer_tiers') }}
    cross join {{ source('policy', 'long_tail_settings') }} as settings
),

last_better as (
    select customer_id, max(case when not is_low then as_of_date end) as better_until
    from tiers
    group by customer_id
)

select
    tiers.customer_id,
    min(tiers.as_of_date) as low_since,
    count(*) filter (where tiers.is_month_end) as months_low
from tiers
inner join last_better on tiers.customer_id = last_better.customer_id
where last_better.better_until is null or tiers.as_of_date > last_better.better_until
group by tiers.customer_id
