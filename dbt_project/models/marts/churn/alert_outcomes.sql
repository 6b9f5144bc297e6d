-- What became of every churn alert and of every win-back attempt: bought, stayed where a contract tells it, or lost; null
-- until it is known.
with money as (
    select customer_id, ordered_on, orders, net_revenue from {{ ref('int_customer__days') }}
),

alerts as (
    select
        'alert' as kind,
        alerts.alert_id as subject_id,
        alerts.customer_id,
        alerts.opened_on as happened_on,
        alerts.level,
        alerts.tier,
        alerts.lead_days,
        {{ add_days('alerts.opened_on', 1) }} as counts_from,
        {# The outcome that a churn model is trained on, of the same customer and date. -#}
        outcomes.has_churned as is_lost,
        case when settings.definition = 'contractual' then 'stayed' else 'bought' end as outcome_of_the_kept
    from {{ ref('churn_alerts') }} as alerts
    left join {{ ref('int_churn__outcomes') }} as outcomes
        on alerts.customer_id = outcomes.customer_id and alerts.opened_on = outcomes.as_of_date
        and alerts.lead_days = outcomes.lead_days
    cross join {{ source('policy', 'churn_settings') }} as settings
),

attempts as (
    select
        'win_back' as kind,
        attempts.campaign_id as subject_id,
        attempts.customer_id,
        attempts.attempted_on as happened_on,
        cast(null as string) as level,
        spells.tier_before as tier,
        settings.attempts_within_days as lead_days,
        {# Who buys on the very day on which they are reached has come back. -#}
        attempts.attempted_on as counts_from,
        not attempts.is_accepted as is_lost,
        'bought' as outcome_of_the_kept
    from {{ ref('int_win_back__attempts') }} as attempts
    inner join {{ ref('int_win_back__spells') }} as spells
        on attempts.customer_id = spells.customer_id and attempts.lost_on = spells.lost_on
    cross join {{ source('policy', 'win_back_settings') }} as settings
),

subjects as (
    select * from alerts
    union all
    select * from attempts
),

followed as (
    select
        subjects.kind,
        subjects.subject_id,
        subjects.customer_id,
        min(case when money.orders > 0 then money.ordered_on end) as bought_on,
        sum(money.net_revenue) as net_revenue
    from subjects
    inner join money
        on subjects.customer_id = money.customer_id
        and money.ordered_on >= subjects.counts_from
        and money.ordered_on <= {{ add_days('subjects.happened_on', 'subjects.lead_days') }}
    group by subjects.kind, subjects.subject_id, subjects.customer_id
)

select
    subjects.kind,
    subjects.subject_id,
    subjects.customer_id,
    subjects.happened_on,
    subjects.level,
    subjects.tier,
    cast(subjects.lead_days as integer) as lead_days,
    case subjects.is_lost when true then 'lost' when false then subjects.outcome_of_the_kept end as outcome,
    case when not subjects.is_lost then followed.bought_on end as bought_on,
    case when not subjects.is_lost then {{ days_between('subjects.happened_on', 'followed.bought_on') }} end as days_to_purchase,
    case when subjects.is_lost is not null then {{ money('coalesce(followed.net_revenue, 0)') }} end as net_revenue,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from subjects
left join followed
    on subjects.kind = followed.kind and subjects.subject_id = followed.subject_id
    and subjects.customer_id = followed.customer_id
