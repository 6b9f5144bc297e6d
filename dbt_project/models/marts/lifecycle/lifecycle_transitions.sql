-- How many customers moved between stages from one month-end to the next, and how long they had been where they left.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with stages as (
    select
        customer_id,
        as_of_date,
        stage as to_stage,
        lag(stage) over life as from_stage,
        case when lag(is_since_seen) over life then {{ days_between('lag(since) over life', 'as_of_date') }} end as days
    from {{ ref('lifecycle_stage') }}
    where is_month_end and unit_kind = 'customer' and {{ stale_and_before('as_of_date', month_ends=true) }}
    window life as (partition by customer_id order by as_of_date)
),

moves as (
    select
        as_of_date,
        from_stage,
        to_stage,
        count(*) as customers,
        count(case when from_stage <> to_stage then days end) as spans,
        sum(case when from_stage <> to_stage then days end) as total_days,
        median(cast(case when from_stage <> to_stage then days end as double)) as median_span_days
    from stages
    where {{ only_stale('as_of_date') }}
    group by as_of_date, from_stage, to_stage
)

select
    moves.as_of_date,
    coalesce(moves.from_stage, 'new') as from_stage,
    moves.to_stage,
    left_stage.stage_zh as from_stage_zh,
    entered_stage.stage_zh as to_stage_zh,
    case
        when moves.from_stage is null then 'entered'
        when moves.from_stage = moves.to_stage then 'stayed'
        when entered_stage.level > left_stage.level then 'up'
        when entered_stage.level < left_stage.level then 'down'
        else 'level'
    end as move,
    moves.customers,
    {{ ratio('moves.customers', 'sum(moves.customers) over (partition by moves.as_of_date, moves.from_stage)') }}
        as share_of_from_stage,
    moves.spans,
    {{ ratio('moves.total_days', 'moves.spans') }} as mean_span_days,
    moves.median_span_days,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from moves
inner join {{ source('policy', 'lifecycle_stages') }} as entered_stage on moves.to_stage = entered_stage.stage
left join {{ source('policy', 'lifecycle_stages') }} as left_stage on moves.from_stage = left_stage.stage
