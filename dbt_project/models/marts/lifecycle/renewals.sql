-- One row per subscription term that fell or falls due, and what became of it by the as-of date.
select
    subscription_id,
    customer_id,
    account_id,
    product_id,
    plan,
    price,
    billing_period,
    recurring_revenue,
    auto_renews,
    starts_on,
    ends_on as due_on,
    {{ month_end('ends_on') }} as due_month,
    outcome,
    outcome in ('renewed', 'migrated') as is_won,
    coalesce(won_on, lost_on) as decided_on,
    decided_by,
    cast(coalesce({{ days_between('ends_on', 'won_on') }} - 1, {{ days_between('ends_on', 'lost_on') }}) as bigint) as days_late,
    end_reason,
    next_subscription_id,
    next_plan,
    next_recurring_revenue,
    {{ money('next_recurring_revenue - recurring_revenue') }} as change_of_recurring_revenue,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ ref('int_contracts__terms') }}
where ends_on is not null
