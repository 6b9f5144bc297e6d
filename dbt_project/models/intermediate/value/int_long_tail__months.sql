-- How many month-ends in a row, up to the current date, a customer has been in a tier of low value. The best
-- tier is none: a company of one tier has no long tail.
with changes as (
    select
        customer_id,
        as_of_date,
        tier_level > greatest((select max(level) from {{ source('policy', 'tiers') }}) - settings.low_tiers, 1) as is_low
    from {{ ref('int_tier__changes') }}
    cross join {{ source('policy', 'long_tail_settings') }} as settings
),

last_better as (
    select customer_id, max(case when not is_low then as_of_date end) as better_since
    from changes
    group by customer_id
),

low as (
    select changes.customer_id, min(changes.as_of_date) as low_since
    from changes
    inner join last_better on changes.customer_id = last_better.customer_id
    where last_better.better_since is null or changes.as_of_date > last_better.better_since
    group by changes.customer_id
)

select low.customer_id, low.low_since, count(case when dates.is_month_end then 1 end) as months_low
from low
inner join {{ source('ops', 'as_of_dates') }} as dates on dates.as_of_date >= low.low_since
group by low.customer_id, low.low_since
