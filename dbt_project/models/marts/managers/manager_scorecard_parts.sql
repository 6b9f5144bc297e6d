-- Every part of a manager's scorecard at a month-end: observed against expected for the same portfolio, its bounds, and its points.
with measured as (
    select
        compared.*,
        parts.position,
        parts.part_en,
        parts.part_zh,
        parts.weight,
        parts.worst,
        parts.best,
        settings.interval_z as z,
        settings.prior_events,
        settings.prior_answers,
        settings.minimum_customers,
        compared.expected / nullif(compared.opportunities, 0) as mean_expected
    from {{ ref('int_managers__compared') }} as compared
    inner join {{ ref('int_managers__portfolios') }} as held
        on compared.manager_id = held.manager_id and compared.as_of_date = held.as_of_date
    inner join {{ source('policy', 'manager_parts') }} as parts on compared.part = parts.part
    cross join {{ source('policy', 'manager_settings') }} as settings
),

{# Answers stand for themselves, all else as observed over expected. Few are drawn to what is expected of everybody. -#}
judged as (
    select
        *,
        case when kind = 'answers' then observed / opportunities else observed / nullif(expected, 0) end as ratio,
        case kind
            when 'answers' then (observed + prior_answers * mean_expected) / (opportunities + prior_answers)
            when 'events' then (observed + prior_events) / nullif(expected + prior_events, 0)
            else 1 + (observed / nullif(expected, 0) - 1) * opportunities / (opportunities + minimum_customers)
        end as judged,
        case kind
            when 'answers' then z * sqrt(variance / opportunities)
            when 'money' then z * sqrt(variance) / nullif(abs(expected), 0)
        end as half_width
    from measured
),

pointed as (
    select *, 100 * ({{ clipped('(judged - worst) / (best - worst)', 0, 1) }}) as points
    from judged
),

weighed as (
    select
        *,
        sum(case when points is not null then cast(weight as decimal(9, 6)) end) over (
            partition by manager_id, as_of_date
        ) as known_weight
    from pointed
),

counted as (
    select *, {{ rounded('weight * points / nullif(known_weight, 0)', 4) }} as score_points from weighed
)

select
    now.manager_id,
    now.as_of_date,
    now.part,
    now.part_en,
    now.part_zh,
    now.position,
    now.weight,
    cast(now.opportunities as bigint) as opportunities,
    {{ rounded('now.observed', 4) }} as observed,
    {{ rounded('now.expected', 4) }} as expected,
    {{ rounded('now.observed / nullif(now.opportunities, 0)', 6) }} as raw_rate,
    {{ rounded('now.ratio', 6) }} as ratio,
    {{ rounded(byar_bound('now', 'lower'), 6) }} as ratio_lower,
    {{ rounded(byar_bound('now', 'upper'), 6) }} as ratio_upper,
    {{ rounded('now.judged', 6) }} as judged,
    {{ rounded('now.points', 4) }} as points,
    now.score_points,
    {{ rounded('now.score_points - before.score_points', 4) }} as score_points_change,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from counted as now
left join counted as before
    on now.manager_id = before.manager_id
    and now.part = before.part
    and now.as_of_date = {{ month_end(add_months('before.as_of_date', 1)) }}
