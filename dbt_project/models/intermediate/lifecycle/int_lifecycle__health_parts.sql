-- Each part of a group's health at a date: its value, the points it gives, and how they moved since the date before.
with counts as (
    select
        counts.*,
        dates.previous_date
    from {{ ref('int_lifecycle__health_counts') }} as counts
    inner join (
        select as_of_date, lag(as_of_date) over (order by as_of_date) as previous_date
        from {{ source('ops', 'as_of_dates') }}
    ) as dates on counts.as_of_date = dates.as_of_date
    where counts.customers > 0
),

measured as (
    select
        counts.*,
        parts.*,
        case parts.part
            when 'good_stages' then {{ ratio('good', 'customers') }}
            when 'net_movement' then {{ ratio('moved_up - moved_down', 'followed') }}
            when 'newly_lost' then {{ ratio('newly_lost', 'customers_before') }}
            when 'repurchase' then {{ ratio('repeat_buyers', 'buyers') }}
            when 'satisfaction' then {{ ratio('csat', 'answered') }}
        end as part_value
    from counts
    cross join {{ source('policy', 'lifecycle_health_parts') }} as parts
),

-- The weight of what is not known is shared out among the parts that are.
weighted as (
    select
        *,
        weight / nullif(sum(case when part_value is not null then weight end) over (
            partition by as_of_date, group_kind, group_value
        ), 0) as share,
        sum(case when part_value is not null then power(2, position) end) over (
            partition by as_of_date, group_kind, group_value
        ) as known_parts,
        least(greatest((part_value - worst) / (best - worst), 0), 1) as reached
    from measured
),

pointed as (
    select *, case when part_value is not null then {{ rounded('100 * share * reached', 4) }} end as points
    from weighted
),

with_former as (
    select
        *,
        lag(as_of_date) over earlier = previous_date and lag(known_parts) over earlier = known_parts as is_comparable,
        lag(points) over earlier as former_points
    from pointed
    window earlier as (partition by group_kind, group_value, part order by as_of_date)
),

moved as (
    select
        *,
        case when is_comparable then {{ rounded('coalesce(points, 0) - coalesce(former_points, 0)', 4) }} end as points_change
    from with_former
)

select
    as_of_date,
    group_kind,
    group_value,
    cast(customers as bigint) as customers,
    part,
    part_en,
    part_zh,
    part_value,
    points,
    points_change,
    row_number() over (
        partition by as_of_date, group_kind, group_value order by abs(coalesce(points_change, 0)) desc, position
    ) as mover
from moved
