-- One row per term of a subscription up to the as-of date: the term that follows, and the day it was won or lost.
with terms as (
    select
        subscriptions.*,
        {{ monthly_price('price', 'billing_period') }} as recurring_revenue,
        case when ended_on is not null then end_kind end as told_outcome,
        -- The last day in force, as far as it is known.
        least(ended_on, ends_on) as over_on,
        {{ add_days('least(ended_on, ends_on)', 'settings.lapse_after_days') }} as lapses_on
    from {{ ref('fct_subscriptions') }} as subscriptions
    cross join {{ source('policy', 'value_driver_settings') }} as settings
),

following as (
    select previous_subscription_id, subscription_id, plan, recurring_revenue, starts_on
    from terms
    where previous_subscription_id is not null
    qualify row_number() over (partition by previous_subscription_id order by starts_on, subscription_id) = 1
),

followed as (
    select
        terms.*,
        following.subscription_id as next_subscription_id,
        following.plan as next_plan,
        following.recurring_revenue as next_recurring_revenue,
        case
            when told_outcome in ('cancelled', 'lapsed') then null
            when following.starts_on is not null then following.starts_on
            when told_outcome in ('renewed', 'migrated') then ended_on
        end as won_on,
        case
            when told_outcome in ('cancelled', 'lapsed') then ended_on
            when told_outcome in ('renewed', 'migrated') then null
            when coalesce(following.starts_on > lapses_on, lapses_on <= {{ current_build('as_of_date') }}) then lapses_on
        end as lost_on
    from terms
    left join following on terms.subscription_id = following.previous_subscription_id
)

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
    ends_on,
    ended_on,
    case when ended_on is not null then end_reason end as end_reason,
    next_subscription_id,
    next_plan,
    next_recurring_revenue,
    won_on,
    -- Who ends a term before it has begun is lost when it would have.
    case when lost_on < starts_on then starts_on else lost_on end as lost_on,
    case
        when won_on is not null
            then coalesce(told_outcome, case when next_plan <> plan then 'migrated' else 'renewed' end)
        when lost_on is not null
            then coalesce(told_outcome, case when ended_on < coalesce(ends_on, {{ add_days('ended_on', 1) }}) then 'cancelled' else 'lapsed' end)
        when over_on <= {{ current_build('as_of_date') }} then 'open'
        else 'upcoming'
    end as outcome,
    case
        when told_outcome is not null then 'source'
        when won_on is not null then 'next_term'
        when lost_on is not null then 'patience'
    end as decided_by
from followed
