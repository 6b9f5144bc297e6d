-- Who left and who came back: the money a month that went with them, and what the returned spent, by month-end and stage.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('as_of_date') }}") }}
with lost_terms as (
    select
        customer_id,
        {{ month_end('lost_on') }} as as_of_date,
        count(*) as terms,
        sum(recurring_revenue) as recurring_revenue
    from {{ ref('int_contracts__terms') }}
    where lost_on is not null
    group by customer_id, {{ month_end('lost_on') }}
),

customers as (
    select
        stages.as_of_date,
        stages.stage,
        stages.stage = 'lost' as was_lost,
        stages.stage <> 'lost' and stages.stage_after = 'lost' as is_newly_lost,
        lost_terms.customer_id is not null as lost_a_term,
        case
            when stages.stage <> 'lost' and stages.stage_after = 'lost' then greatest({{ money('metrics.monthly_spend') }}, 0)
        end as monthly_spend,
        lost_terms.recurring_revenue,
        coalesce(revenue.orders, 0) > 0 as came_back,
        revenue.win_back
    from {{ ref('int_drivers__stages') }} as stages
    left join {{ ref('customer_metrics') }} as metrics
        on stages.customer_id = metrics.customer_id and stages.previous_as_of_date = metrics.as_of_date
    left join lost_terms on stages.customer_id = lost_terms.customer_id and stages.as_of_date = lost_terms.as_of_date
    left join {{ ref('int_drivers__revenue') }} as revenue
        on stages.customer_id = revenue.customer_id and stages.as_of_date = revenue.as_of_date
    where stages.unit_kind = 'customer' and {{ only_stale('stages.as_of_date') }}
),

by_stage as (
    select
        as_of_date,
        stage,
        count(case when not was_lost or lost_a_term then 1 end) as could_leave,
        count(case when is_newly_lost or lost_a_term then 1 end) as left_us,
        sum(coalesce(monthly_spend, 0) + coalesce(recurring_revenue, 0)) as went_with_them,
        count(case when was_lost then 1 end) as lost,
        count(case when was_lost and came_back then 1 end) as came_back,
        sum(case when was_lost then coalesce(win_back, 0) else 0 end) as win_back
    from customers
    group by as_of_date, stage
),

-- Terms of accounts, and of customers of whom nothing else is known.
without_a_stage as (
    select lost_terms.as_of_date, sum(lost_terms.terms) as terms, sum(lost_terms.recurring_revenue) as recurring_revenue
    from lost_terms
    left join {{ ref('int_drivers__stages') }} as stages
        on lost_terms.customer_id = stages.customer_id and lost_terms.as_of_date = stages.as_of_date
    where stages.stage is null and {{ only_stale('lost_terms.as_of_date') }}
    group by lost_terms.as_of_date
)

select as_of_date, stage, 'leaving' as driver, could_leave as base, left_us as events, {{ money('-went_with_them') }} as amount
from by_stage
union all
select as_of_date, 'unassigned', 'leaving', null, terms, {{ money('-coalesce(recurring_revenue, 0)') }}
from without_a_stage
union all
select as_of_date, stage, 'win_back', lost, came_back, {{ money('win_back') }}
from by_stage
