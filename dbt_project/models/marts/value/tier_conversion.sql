-- Of those who held a tier at the month-end before, how many moved up, down or stayed, and how long moving up took.
with month_ends as (
    select
        customer_id,
        as_of_date,
        tier,
        tier_level,
        lag(tier) over (partition by customer_id order by as_of_date) as previous_tier,
        lag(tier_level) over (partition by customer_id order by as_of_date) as previous_level,
        min(as_of_date) over () as first_date
    from {{ ref('customer_tiers') }}
    where is_month_end
),

entered as (
    select
        *,
        {# When the tier held before had begun; those of the first date began at a day that is not known. -#}
        max(case when previous_tier is null or previous_tier <> tier then as_of_date end) over (
            partition by customer_id order by as_of_date rows between unbounded preceding and 1 preceding
        ) as previous_from
    from month_ends
),

upgrades as (
    select
        previous_tier as tier,
        as_of_date,
        case when previous_from > first_date then {{ days_between('previous_from', 'as_of_date') }} end as days
    from entered
    where tier_level < previous_level
),

grid as (
    select tiers.tier, tiers.tier_zh, tiers.level, dates.as_of_date
    from {{ source('policy', 'tiers') }} as tiers
    cross join (select distinct as_of_date from month_ends) as dates
),

left_tier as (
    select
        as_of_date,
        previous_tier as tier,
        count(*) as customers_before,
        count(*) filter (where tier_level < previous_level) as upgraded,
        count(*) filter (where tier_level > previous_level) as downgraded
    from entered
    where previous_tier is not null
    group by as_of_date, previous_tier
),

held as (
    select as_of_date, tier, count(*) as customers from month_ends group by as_of_date, tier
),

times as (
    select
        grid.tier,
        grid.as_of_date,
        count(upgrades.days) as timed_upgrades,
        median(cast(upgrades.days as double)) as median_days,
        {{ ratio('sum(upgrades.days)', 'count(upgrades.days)') }} as mean_days
    from grid
    inner join upgrades
        on grid.tier = upgrades.tier
        and upgrades.as_of_date between {{ window_start('grid.as_of_date', 12) }} and grid.as_of_date
    group by grid.tier, grid.as_of_date
),

rated as (
    select
        grid.*,
        coalesce(held.customers, 0) as customers,
        coalesce(left_tier.customers_before, 0) as customers_before,
        coalesce(left_tier.upgraded, 0) as upgraded,
        coalesce(left_tier.downgraded, 0) as downgraded,
        {{ ratio('left_tier.upgraded', 'left_tier.customers_before') }} as upgrade_rate,
        {{ ratio('left_tier.downgraded', 'left_tier.customers_before') }} as downgrade_rate,
        coalesce(times.timed_upgrades, 0) as timed_upgrades,
        times.median_days,
        times.mean_days
    from grid
    left join held on grid.as_of_date = held.as_of_date and grid.tier = held.tier
    left join left_tier on grid.as_of_date = left_tier.as_of_date and grid.tier = left_tier.tier
    left join times on grid.as_of_date = times.as_of_date and grid.tier = times.tier
)

select
    as_of_date,
    tier,
    tier_zh,
    level as tier_level,
    customers,
    customers_before,
    {{ ratio('customers - customers_before', 'customers_before') }} as customers_growth,
    upgraded,
    downgraded,
    customers_before - upgraded - downgraded as stayed,
    upgrade_rate,
    downgrade_rate,
    {{ ratio('customers_before - upgraded - downgraded', 'customers_before') }} as stay_rate,
    {{ rounded('upgrade_rate - lag(upgrade_rate) over (partition by tier order by as_of_date)', 6) }} as upgrade_rate_change,
    {{ rounded('avg(cast(upgrade_rate as double)) over year_of_tier', 6) }} as upgrade_rate_mean_12m,
    {{ rounded('stddev_samp(upgrade_rate) over year_of_tier', 6) }} as upgrade_rate_deviation_12m,
    timed_upgrades as timed_upgrades_12m,
    median_days as median_days_to_upgrade_12m,
    mean_days as mean_days_to_upgrade_12m,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from rated
window year_of_tier as (partition by tier order by as_of_date rows between 11 preceding and current row)
