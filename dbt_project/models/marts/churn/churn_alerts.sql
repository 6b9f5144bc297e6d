-- Customers who were warned of, at every kept as-of date: how urgently, by which signals, whose task it is, until when,
-- what is offered, and how it closed. Nobody has two open alerts.
with alerts as (
    select
        *,
        {{ add_days('as_of_date', 'due_days') }} as due_on,
        ends_on <= {{ current_build('as_of_date') }} as is_closed
    from {{ ref('int_alerts__opened') }}
),

fired as (
    select
        alerts.customer_id,
        alerts.as_of_date,
        {{ joined_text('signals.signal', ', ', 'signals.position') }} as signals,
        {{ joined_text('signals.signal_en', '; ', 'signals.position') }} as signals_en,
        {{ joined_text('signals.signal_zh', '；', 'signals.position') }} as signals_zh
    from alerts
    inner join {{ ref('int_alerts__signals') }} as fired
        on alerts.customer_id = fired.customer_id and alerts.as_of_date = fired.as_of_date
    inner join {{ source('policy', 'alert_signals') }} as signals on fired.signal = signals.signal
    group by alerts.customer_id, alerts.as_of_date
),

offered as (
    select alerts.customer_id, alerts.as_of_date, offers.offer, offers.offer_en, offers.offer_zh
    from alerts
    inner join {{ source('policy', 'alert_offers') }} as offers
        on (offers.level is null or offers.level = alerts.level) and (offers.tier is null or offers.tier = alerts.tier)
    qualify row_number() over (partition by alerts.customer_id, alerts.as_of_date order by offers.position) = 1
)

select
    {{ alert_id('alerts.customer_id', 'alerts.as_of_date') }} as alert_id,
    alerts.customer_id,
    alerts.as_of_date as opened_on,
    alerts.level,
    alerts.level_en,
    alerts.level_zh,
    cast(alerts.points as integer) as points,
    fired.signals,
    fired.signals_en,
    fired.signals_zh,
    alerts.tier,
    alerts.churn_probability,
    settings.lead_days,
    case when owners.manager_id is null then 'team' else 'manager' end as owner_kind,
    coalesce(owners.manager_id, settings.team) as owner,
    alerts.due_on,
    offered.offer,
    offered.offer_en,
    offered.offer_zh,
    case when alerts.is_closed then 'closed' else 'open' end as status,
    case when not alerts.is_closed then cast(now.points as integer) end as points_now,
    case when not alerts.is_closed then now.level end as level_now,
    levels.position as level_place,
    not alerts.is_closed and alerts.due_on < {{ current_build('as_of_date') }} as is_overdue,
    case when alerts.is_closed then alerts.ends_on end as closed_on,
    case
        when not alerts.is_closed then null
        when alerts.ends_on = alerts.bought_on then 'bought'
        when alerts.ends_on = alerts.lost_on then 'lost'
        else 'ran_out'
    end as close_reason,
    alerts.churn_model_version as model_version,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from alerts
inner join fired on alerts.customer_id = fired.customer_id and alerts.as_of_date = fired.as_of_date
inner join offered on alerts.customer_id = offered.customer_id and alerts.as_of_date = offered.as_of_date
cross join {{ source('policy', 'alert_settings') }} as settings
left join {{ ref('int_alerts__owners') }} as owners
    on alerts.customer_id = owners.customer_id and alerts.as_of_date = owners.as_of_date
left join {{ ref('int_alerts__firing') }} as now
    on alerts.customer_id = now.customer_id and now.as_of_date = {{ current_build('as_of_date') }}
left join {{ source('policy', 'alert_levels') }} as levels
    on levels.level = coalesce(case when not alerts.is_closed then now.level end, alerts.level)
