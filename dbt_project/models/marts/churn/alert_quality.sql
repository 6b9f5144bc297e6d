-- How right the warnings of a month-end were, all together and by signal: precision of those opened at it, and recall
-- among the customers judged for churn at it who then bought nothing within the lead.
with labels as (
    select
        features.customer_id,
        features.as_of_date,
        outcomes.has_churned as is_lost
    from {{ ref('int_churn__features') }} as features
    inner join {{ source('ops', 'as_of_dates') }} as dates on features.as_of_date = dates.as_of_date
    cross join {{ source('policy', 'alert_settings') }} as settings
    left join {{ ref('int_churn__outcomes') }} as outcomes
        on features.customer_id = outcomes.customer_id and features.as_of_date = outcomes.as_of_date
        and settings.lead_days = outcomes.lead_days
    where features.is_eligible and dates.is_month_end
),

signalled as (
    select customer_id, opened_on, opened_on as fired_on, closed_on, 'any' as signal from {{ ref('churn_alerts') }}
    union all
    select alerts.customer_id, alerts.opened_on, alerts.opened_on, alerts.closed_on, fired.signal
    from {{ ref('churn_alerts') }} as alerts
    inner join {{ ref('int_alerts__signals') }} as fired
        on alerts.customer_id = fired.customer_id and alerts.opened_on = fired.as_of_date
),

{# An alert is open at its own date and until the day before it closes. -#}
standing as (
    select
        labels.customer_id,
        labels.as_of_date,
        signalled.signal,
        max(case when signalled.opened_on = labels.as_of_date then 1 else 0 end) as is_opened,
        max(case when labels.is_lost then 1 when not labels.is_lost then 0 end) as lost
    from labels
    inner join signalled
        on labels.customer_id = signalled.customer_id
        and signalled.opened_on <= labels.as_of_date
        and (signalled.closed_on is null or signalled.closed_on > labels.as_of_date)
    group by labels.customer_id, labels.as_of_date, signalled.signal
),

totals as (
    select
        as_of_date,
        count(*) as judged,
        count(is_lost) as judged_known,
        count(case when is_lost then 1 end) as lost
    from labels
    group by as_of_date
),

counted as (
    select
        as_of_date,
        signal,
        sum(is_opened) as opened,
        count(case when is_opened = 1 then lost end) as opened_known,
        count(case when is_opened = 1 and lost = 1 then 1 end) as opened_lost,
        count(*) as standing,
        count(case when lost = 1 then 1 end) as standing_lost
    from standing
    group by as_of_date, signal
),

names as (
    select 'any' as signal
    union all
    select signal from {{ source('policy', 'alert_signals') }}
)

select
    totals.as_of_date,
    names.signal,
    totals.judged,
    cast(coalesce(counted.opened, 0) as bigint) as opened,
    cast(coalesce(counted.standing, 0) as bigint) as standing,
    totals.judged_known = totals.judged as is_known,
    case when totals.judged_known > 0 then totals.lost end as lost,
    case when totals.judged_known > 0 then coalesce(counted.opened_lost, 0) end as opened_lost,
    case when totals.judged_known > 0 then coalesce(counted.standing_lost, 0) end as standing_lost,
    {{ ratio('totals.lost', 'totals.judged_known') }} as base_rate,
    {{ ratio('counted.opened_lost', 'counted.opened_known') }} as precision_of_opened,
    case when totals.judged_known > 0 then {{ ratio('coalesce(counted.standing_lost, 0)', 'totals.lost') }} end as recall,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from totals
cross join names
left join counted on totals.as_of_date = counted.as_of_date and names.signal = counted.signal
