-- What became of subscription terms: renewals won and changes of plan or price, by month-end and stage.
with decided as (
    select
        customer_id,
        {{ month_end('won_on') }} as as_of_date,
        1 as won,
        case when next_plan <> plan or next_recurring_revenue <> recurring_revenue then 1 else 0 end as changed,
        recurring_revenue as kept,
        next_recurring_revenue - recurring_revenue as change_of_revenue
    from {{ ref('int_contracts__terms') }}
    where won_on is not null
    union all
    select customer_id, {{ month_end('lost_on') }}, 0, 0, null, null
    from {{ ref('int_contracts__terms') }}
    where lost_on is not null
),

by_stage as (
    select
        decided.as_of_date,
        coalesce(stages.stage, 'unassigned') as stage,
        count(*) as decided,
        sum(decided.won) as won,
        sum(decided.changed) as changed,
        sum(decided.kept) as kept,
        sum(decided.change_of_revenue) as change_of_revenue
    from decided
    left join {{ ref('int_drivers__stages') }} as stages
        on decided.customer_id = stages.customer_id and decided.as_of_date = stages.as_of_date
    group by decided.as_of_date, coalesce(stages.stage, 'unassigned')
)

select as_of_date, stage, 'renewal' as driver, decided as base, won as events, {{ money('kept') }} as amount
from by_stage
union all
select as_of_date, stage, 'migration', won, changed, {{ money('change_of_revenue') }}
from by_stage
