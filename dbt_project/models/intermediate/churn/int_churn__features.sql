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

{# Of a person with several records all those known at the date must be closed: one that came later opens no past. -#}
records as (
    select
        customer_id,
        source,
        customer_key,
        min(coalesce(created_on, date '0001-01-01')) as created_on,
        max(closed_on) as closed_on
    from {{ ref('stg_crm__customers') }}
    group by customer_id, source, customer_key
),

closures as (
    select records.customer_id, dates.as_of_date, max(records.closed_on) as closed_on
    from records
    inner join (select distinct customer_id from records where closed_on is not null) as leavers
        on records.customer_id = leavers.customer_id
    inner join {{ source('ops', 'as_of_dates') }} as dates on records.created_on <= dates.as_of_date
    where {{ only_stale('dates.as_of_date') }}
    group by records.customer_id, dates.as_of_date
    having sum(case when records.closed_on <= dates.as_of_date then 0 else 1 end) = 0
),

handling as (
    select
        max(case when column_name in ('first_answered_at', 'solved_at') then 1 else 0 end) = 1 as is_told
    from {{ source('ops', 'mapped_columns') }}
    where entity = 'tickets'
),

known as (
    select
        metrics.*,
        settings.definition,
        settings.eligible_within_days,
        settings.minimum_purchase_days,
        {{ days_between('signals.complained_on', 'metrics.as_of_date') }} as days_since_complaint,
        {{ days_between('signals.late_on', 'metrics.as_of_date') }} as days_since_late_complaint,
        case when metrics.complaints_12m is not null and handling.is_told then coalesce(signals.late_complaints_3m, 0) end
            as late_complaints_3m,
        case when metrics.complaints_12m is not null and handling.is_told then coalesce(signals.late_complaints_12m, 0) end
            as late_complaints_12m,
        case
            when metrics.complaints_12m is null or not coalesce(handling.is_told, false) then null
            when signals.late_on >= metrics.last_purchase_on then 1
            else 0
        end as late_complaints_since_purchase,
        case when metrics.coupon_uses_12m is not null then coalesce(signals.coupon_uses_3m, 0) end as coupon_uses_3m,
        {{ ratio('2 * signals.coupon_uses_3m - signals.coupon_uses_6m', 'signals.coupon_uses_6m') }}
            as coupon_uses_trend_3m,
        {{ ratio('2 * signals.active_days_3m - signals.active_days_6m', 'signals.active_days_6m') }}
            as active_days_trend_3m,
        {{ days_between('metrics.as_of_date', 'ends.ends_on') }} as days_to_subscription_end,
        case when closures.closed_on is not null then 1 else 0 end as account_closed,
        {{ days_between('closures.closed_on', 'metrics.as_of_date') }} as days_since_closed,
        told.reason as told_reason
    from {{ ref('customer_metrics') }} as metrics
    cross join {{ source('policy', 'churn_settings') }} as settings
    cross join handling
    left join {{ ref('int_churn__signals') }} as signals
        on metrics.customer_id = signals.customer_id and metrics.as_of_date = signals.as_of_date
    left join ends on metrics.customer_id = ends.customer_id and metrics.as_of_date = ends.as_of_date
    left join closures on metrics.customer_id = closures.customer_id and metrics.as_of_date = closures.as_of_date
    left join {{ ref('int_churn__told') }} as told
        on metrics.customer_id = told.customer_id
        and metrics.as_of_date >= told.told_on
        and (told.told_until is null or metrics.as_of_date < told.told_until)
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
