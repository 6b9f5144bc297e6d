-- What a churn model may know of a customer at a date, whether the policy judges them, and why they said they left.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
{%- set indicators = churn_indicators() %}
with ends as (
    select terms.customer_id, dates.as_of_date, max(terms.ends_on) as ends_on
    from {{ ref('int_churn__terms') }} as terms
    inner join {{ source('ops', 'as_of_dates') }} as dates
        on dates.as_of_date between terms.starts_on and terms.last_day
    where {{ only_stale('dates.as_of_date') }}
    group by terms.customer_id, dates.as_of_date
),

known as (
    select
        metrics.*,
        settings.definition,
        settings.eligible_within_days,
        settings.minimum_purchase_days,
        {{ days_between('signals.complained_on', 'metrics.as_of_date') }} as days_since_complaint,
        {{ days_between('signals.late_on', 'metrics.as_of_date') }} as days_since_late_complaint,
        case when metrics.complaints_12m is not null then coalesce(signals.late_complaints_3m, 0) end
            as late_complaints_3m,
        case when metrics.complaints_12m is not null then coalesce(signals.late_complaints_12m, 0) end
            as late_complaints_12m,
        case
            when metrics.complaints_12m is null then null
            when signals.late_on >= metrics.last_purchase_on then 1
            else 0
        end as late_complaints_since_purchase,
        case when metrics.coupon_uses_12m is not null then coalesce(signals.coupon_uses_3m, 0) end as coupon_uses_3m,
        {{ ratio('2 * signals.coupon_uses_3m - signals.coupon_uses_6m', 'signals.coupon_uses_6m') }}
            as coupon_uses_trend_3m,
        {{ ratio('2 * signals.active_days_3m - signals.active_days_6m', 'signals.active_days_6m') }}
            as active_days_trend_3m,
        {{ days_between('metrics.as_of_date', 'ends.ends_on') }} as days_to_subscription_end,
        case when customers.closed_on <= metrics.as_of_date then 1 else 0 end as account_closed,
        case
            when customers.closed_on <= metrics.as_of_date
                then {{ days_between('customers.closed_on', 'metrics.as_of_date') }}
        end as days_since_closed,
        case when told.told_on <= metrics.as_of_date then told.reason end as told_reason
    from {{ ref('customer_metrics') }} as metrics
    cross join {{ source('policy', 'churn_settings') }} as settings
    inner join {{ ref('dim_customer') }} as customers on metrics.customer_id = customers.customer_id
    left join {{ ref('int_churn__signals') }} as signals
        on metrics.customer_id = signals.customer_id and metrics.as_of_date = signals.as_of_date
    left join ends on metrics.customer_id = ends.customer_id and metrics.as_of_date = ends.as_of_date
    left join {{ ref('int_churn__told') }} as told on metrics.customer_id = told.customer_id
    where {{ only_stale('metrics.as_of_date') }}
)

select
    customer_id,
    as_of_date,
    case
        when definition = 'contractual' then coalesce(active_subscriptions > 0, false)
        else coalesce(recency_days <= eligible_within_days and purchase_days_lifetime >= minimum_purchase_days, false)
    end as is_eligible,
    told_reason
    {%- for indicator in indicators.metrics + indicators.signals %},
    cast({{ indicator }} as double) as {{ indicator }}
    {%- endfor %}
from known
where tenure_days >= 1 and last_purchase_on is not null
    or definition = 'contractual' and active_subscriptions > 0
