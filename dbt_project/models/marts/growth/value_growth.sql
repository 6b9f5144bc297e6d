-- The paths that customers took between tiers, and between lifecycle stages, over the policy's months, and what became of
-- their revenue of 12 months on the way.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with dates as (
    select dates.as_of_date, former.as_of_date as from_date
    from {{ source('ops', 'as_of_dates') }} as dates
    cross join {{ source('policy', 'growth_settings') }} as settings
    inner join {{ source('ops', 'as_of_dates') }} as former
        on former.is_month_end and former.as_of_date = {{ month_end(add_months('dates.as_of_date', '-settings.path_months')) }}
    where dates.is_month_end and {{ only_stale('dates.as_of_date') }}
),

standing as (
    select 'tier' as path_kind, customer_id, as_of_date, tier as place, tier_level as place_level
    from {{ ref('customer_tiers') }}
    where is_month_end
    union all
    select 'stage', stages.customer_id, stages.as_of_date, stages.stage, -names.level
    from {{ ref('lifecycle_stage') }} as stages
    inner join {{ source('policy', 'lifecycle_stages') }} as names on stages.stage = names.stage
    where stages.unit_kind = 'customer' and stages.is_month_end
),

paths as (
    select
        now.path_kind,
        dates.as_of_date,
        dates.from_date,
        coalesce(former.place, 'new') as from_place,
        now.place as to_place,
        case
            when former.place is null then 'new'
            when now.place_level < former.place_level then 'up'
            when now.place_level > former.place_level then 'down'
            else 'same'
        end as direction,
        revenue_before.net_revenue_12m as revenue_before,
        revenue_now.net_revenue_12m as revenue_now
    from dates
    inner join standing as now on dates.as_of_date = now.as_of_date
    inner join {{ ref('customer_metrics') }} as revenue_now
        on now.customer_id = revenue_now.customer_id and now.as_of_date = revenue_now.as_of_date
    left join standing as former
        on now.path_kind = former.path_kind and now.customer_id = former.customer_id and dates.from_date = former.as_of_date
    left join {{ ref('customer_metrics') }} as revenue_before
        on former.customer_id = revenue_before.customer_id and former.as_of_date = revenue_before.as_of_date
)

select
    as_of_date,
    from_date,
    path_kind,
    from_place,
    to_place,
    direction,
    count(*) as customers,
    {{ ratio('count(*)', 'sum(count(*)) over (partition by as_of_date, path_kind, from_place)') }} as share_of_from,
    {{ money('coalesce(sum(revenue_before), 0)') }} as revenue_before,
    {{ money('coalesce(sum(revenue_now), 0)') }} as revenue_now,
    {{ money('coalesce(sum(revenue_now), 0) - coalesce(sum(revenue_before), 0)') }} as change_of_revenue,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from paths
group by as_of_date, from_date, path_kind, from_place, to_place, direction
