-- Past campaigns that a rehearsal learns from: over and measured by then, against customers. Most alike are those of the
-- same objective and channel; where there are none, those of the same objective.
with past as (
    select
        figures.*,
        rehearsed.buyers,
        cast(cast(compared_treated as double) * compared_others / (compared_treated + compared_others) as decimal(18, 6)) as size
    from {{ ref('int_campaigns__figures') }} as figures
    inner join {{ ref('int_campaigns__rehearsed') }} as rehearsed
        on figures.campaign_id = rehearsed.plan_id and rehearsed.plan_kind = 'campaign'
    cross join {{ source('policy', 'campaign_settings') }} as settings
    where
        figures.is_over and figures.margin_effect is not null and figures.design in ('randomised', 'matched')
        and not figures.ratio_is_broken
        and (figures.design = 'randomised' or coalesce(abs(figures.imbalance), 0) <= settings.balance_within)
),

pairs as (
    select
        rehearsed.plan_kind,
        rehearsed.plan_id,
        past.campaign_id,
        cast(past.margin_effect as decimal(18, 6)) as effect,
        past.size,
        cast({{ rounded('past.margin_error * past.margin_error * past.size', 6) }} as decimal(38, 6)) as spread,
        past.treated,
        past.buyers,
        past.cost,
        case when past.objective = rehearsed.objective then case when past.channel = rehearsed.channel then 2 else 1 end else 0 end
            as likeness
    from {{ ref('int_campaigns__rehearsed') }} as rehearsed
    inner join past on past.last_on < rehearsed.known_before
)

select
    *,
    likeness > 0 and likeness = max(likeness) over (partition by plan_kind, plan_id) as is_alike
from pairs
