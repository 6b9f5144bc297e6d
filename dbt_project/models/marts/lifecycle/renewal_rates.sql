-- One row per month in which terms fell or fall due, and plan: how many were won, and what recurring revenue stayed.
with counted as (
    select
        due_month,
        coalesce(plan, 'unknown') as plan,
        count(*) as due,
        count(case when outcome = 'renewed' then 1 end) as renewed,
        count(case when outcome = 'migrated' then 1 end) as migrated,
        count(case when outcome = 'cancelled' then 1 end) as cancelled,
        count(case when outcome = 'lapsed' then 1 end) as lapsed,
        count(case when outcome = 'open' then 1 end) as still_open,
        count(case when outcome = 'upcoming' then 1 end) as upcoming,
        count(case when days_late > 0 and is_won then 1 end) as won_late,
        sum(recurring_revenue) as recurring_revenue_due,
        sum(case when decided_on is not null then recurring_revenue end) as recurring_revenue_decided,
        sum(case when is_won then recurring_revenue end) as recurring_revenue_won
    from {{ ref('renewals') }}
    group by due_month, coalesce(plan, 'unknown')
)

select
    due_month,
    plan,
    due,
    renewed,
    migrated,
    cancelled,
    lapsed,
    still_open,
    upcoming,
    renewed + migrated as won,
    won_late,
    case when upcoming = 0 then {{ ratio('renewed + migrated', 'renewed + migrated + cancelled + lapsed') }} end
        as renewal_rate,
    {{ money('recurring_revenue_due') }} as recurring_revenue_due,
    {{ money('recurring_revenue_won') }} as recurring_revenue_won,
    case when upcoming = 0 then {{ ratio('coalesce(recurring_revenue_won, 0)', 'recurring_revenue_decided') }} end
        as recurring_revenue_rate,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from counted
