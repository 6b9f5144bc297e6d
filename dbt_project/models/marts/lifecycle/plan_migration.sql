-- Between which plans subscribers moved or stayed when their next term began, by month, and what it did to revenue.
with won as (
    select
        {{ month_end('won_on') }} as month_end,
        coalesce(plan, 'unknown') as from_plan,
        coalesce(next_plan, 'unknown') as to_plan,
        coalesce(customer_id, account_id) as subscriber,
        recurring_revenue,
        next_recurring_revenue,
        next_recurring_revenue - recurring_revenue as change_of_revenue
    from {{ ref('int_contracts__terms') }}
    where won_on is not null
),

moves as (
    select
        month_end,
        from_plan,
        to_plan,
        count(*) as terms,
        count(distinct subscriber) as subscribers,
        sum(recurring_revenue) as revenue_before,
        sum(next_recurring_revenue) as revenue_after,
        sum(case when change_of_revenue is not null then greatest(change_of_revenue, 0) end) as gain,
        sum(case when change_of_revenue is not null then least(change_of_revenue, 0) end) as loss
    from won
    group by month_end, from_plan, to_plan
)

select
    month_end,
    from_plan,
    to_plan,
    from_plan <> to_plan as is_move,
    terms,
    subscribers,
    {{ ratio('terms', 'sum(terms) over (partition by month_end, from_plan)') }} as share_of_from_plan,
    {{ money('revenue_before') }} as recurring_revenue_before,
    {{ money('revenue_after') }} as recurring_revenue_after,
    {{ money('gain') }} as gain_of_recurring_revenue,
    {{ money('loss') }} as loss_of_recurring_revenue,
    {{ money('gain + loss') }} as change_of_recurring_revenue,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from moves
