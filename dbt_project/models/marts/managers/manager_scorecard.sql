-- The scorecard of each account manager at a month-end: portfolio, score, place within the level, and what moved it.
with scored as (
    select
        manager_id,
        as_of_date,
        cast(sum(cast(case when points is not null then weight end as decimal(9, 6))) as double) as known_weight,
        sum(cast(score_points as decimal(18, 4))) as points
    from {{ ref('manager_scorecard_parts') }}
    group by manager_id, as_of_date
),

carded as (
    select
        held.*,
        coalesce(managers.level, 'unknown') as level,
        managers.team,
        managers.region,
        managers.branch,
        managers.capacity,
        coalesce(scored.known_weight, 0) as known_weight,
        case when scored.known_weight >= settings.minimum_known then cast(scored.points as double) end as score,
        held.customers < settings.minimum_customers as is_small
    from {{ ref('int_managers__portfolios') }} as held
    cross join {{ source('policy', 'manager_settings') }} as settings
    left join {{ ref('dim_account_manager') }} as managers on held.manager_id = managers.manager_id
    left join scored on held.manager_id = scored.manager_id and held.as_of_date = scored.as_of_date
),

ranked as (
    select
        *,
        rank() over (
            partition by as_of_date, level, is_small, score is null order by score desc
        ) as place,
        count(*) over (partition by as_of_date, level, is_small, score is null) as peers
    from carded
),

movers as (
    select *
    from {{ ref('manager_scorecard_parts') }}
    where score_points_change <> 0
    qualify row_number() over (
        partition by manager_id, as_of_date order by abs(score_points_change) desc, position
    ) = 1
)

select
    now.manager_id,
    now.as_of_date,
    now.level,
    now.team,
    now.region,
    now.branch,
    now.customers,
    now.supported_customers,
    {{ ratio('now.customers', 'now.capacity') }} as capacity_share,
    now.net_revenue_12m,
    now.gross_margin_12m,
    now.shared_ltv,
    now.is_small,
    now.known_weight,
    now.score,
    case when not now.is_small and now.score is not null then cast(now.place as bigint) end as level_rank,
    case when not now.is_small and now.score is not null then cast(now.peers as bigint) end as level_managers,
    before.score as score_before,
    {{ rounded('now.score - before.score', 4) }} as score_change,
    case when before.score is not null then movers.part end as biggest_mover,
    case when before.score is not null then movers.part_en end as biggest_mover_en,
    case when before.score is not null then movers.part_zh end as biggest_mover_zh,
    case when before.score is not null then movers.score_points_change end as biggest_change,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from ranked as now
left join ranked as before
    on now.manager_id = before.manager_id and now.as_of_date = {{ month_end(add_months('before.as_of_date', 1)) }}
left join movers on now.manager_id = movers.manager_id and now.as_of_date = movers.as_of_date
