-- Of those who held a tier at the month-end before, how many moved up, down or stayed, and how long moving up took.
with moves as (
    select moves.*, from_tiers.level as from_level, to_tiers.level as to_level
    from {{ ref('tier_migration') }} as moves
    inner join {{ source('policy', 'tiers') }} as to_tiers on moves.to_tier = to_tiers.tier
    left join {{ source('policy', 'tiers') }} as from_tiers on moves.from_tier = from_tiers.tier
),

dates as (
    select as_of_date, min(as_of_date) over () as first_date from moves group by as_of_date
),

changes as (
    select
        as_of_date,
        tier_level,
        previous_tier,
        previous_level,
        lag(as_of_date) over (partition by customer_id order by as_of_date) as previous_from
    from {{ ref('int_tier__changes') }}
    where is_month_end
),

upgrades as (
    select
        changes.previous_tier as tier,
        changes.as_of_date,
        {# The tiers of the first date began at a day that is not known. -#}
        case when changes.previous_from > dates.first_date then
            {{ days_between('changes.previous_from', 'changes.as_of_date') }}
        end as days
    from changes
    inner join dates on changes.as_of_date = dates.as_of_date
    where changes.tier_level < changes.previous_level
),

grid as (
    select tiers.tier, tiers.tier_zh, tiers.level, dates.as_of_date
    from {{ source('policy', 'tiers') }} as tiers
    cross join dates
),

left_tier as (
    select
        as_of_date,
        from_tier as tier,
        sum(customers) as customers_before,
        sum(case when to_level < from_level then customers else 0 end) as upgraded,
        sum(case when to_level > from_level then customers else 0 end) as downgraded
    from moves
    where from_level is not null
    group by as_of_date, from_tier
),

held as (
    select as_of_date, to_tier as tier, sum(customers) as customers from moves group by as_of_date, to_tier
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
        cast(coalesce(held.customers, 0) as bigint) as customers,
        cast(coalesce(left_tier.customers_before, 0) as bigint) as customers_before,
        cast(coalesce(left_tier.upgraded, 0) as bigint) as upgraded,
        cast(coalesce(left_tier.downgraded, 0) as bigint) as downgraded,
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
