-- Whether the customers whom the policy judges at a date had left so many days later: no purchase in those days, or,
-- where churn is contractual, no subscription that runs at their end. A date is told once its days are over.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates(ahead=longest_churn_lead()) }}") }}
with dates as (
    select features.customer_id, features.as_of_date, leads.lead_days, {{ add_days('features.as_of_date', 'leads.lead_days') }} as ends_on
    from {{ ref('int_churn__features') }} as features
    cross join {{ source('policy', 'churn_leads') }} as leads
    where
        features.is_eligible
        and {{ add_days('features.as_of_date', 'leads.lead_days') }} <= {{ current_build('as_of_date') }}
        and {{ only_stale('features.as_of_date', ahead=longest_churn_lead() if only_stale_is_made() else 0) }}
),

purchases as (
    select
        customer_id,
        ordered_on,
        lead(ordered_on) over (partition by customer_id order by ordered_on) as next_purchase_on
    from {{ ref('int_customer__days') }}
    where orders > 0
),

next_purchases as (
    select metrics.customer_id, metrics.as_of_date, purchases.next_purchase_on
    from {{ ref('customer_metrics') }} as metrics
    inner join purchases
        on metrics.customer_id = purchases.customer_id and metrics.last_purchase_on = purchases.ordered_on
    where {{ only_stale('metrics.as_of_date', ahead=longest_churn_lead() if only_stale_is_made() else 0) }}
),

running as (
    select distinct dates.customer_id, dates.as_of_date, dates.lead_days
    from dates
    inner join {{ ref('int_churn__terms') }} as terms
        on dates.customer_id = terms.customer_id and dates.ends_on between terms.starts_on and terms.last_day
)

select
    dates.customer_id,
    dates.as_of_date,
    dates.lead_days,
    case
        when settings.definition = 'contractual' then running.customer_id is null
        else coalesce(next_purchases.next_purchase_on > dates.ends_on, true)
    end as has_churned
from dates
cross join {{ source('policy', 'churn_settings') }} as settings
left join next_purchases
    on dates.customer_id = next_purchases.customer_id and dates.as_of_date = next_purchases.as_of_date
left join running
    on dates.customer_id = running.customer_id
    and dates.as_of_date = running.as_of_date
    and dates.lead_days = running.lead_days
