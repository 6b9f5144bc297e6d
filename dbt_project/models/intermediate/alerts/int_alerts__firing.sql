-- Customers for whom enough signals fire at an as-of date, with their points and the level that these reach.
with pointed as (
    select
        fired.customer_id,
        fired.as_of_date,
        fired.last_purchase_on,
        fired.tier,
        fired.churn_probability,
        fired.churn_model_version,
        sum(signals.points) + max(coalesce(tiers.points, 0)) as points
    from {{ ref('int_alerts__signals') }} as fired
    inner join {{ source('policy', 'alert_signals') }} as signals on fired.signal = signals.signal
    left join {{ source('policy', 'alert_tier_points') }} as tiers on fired.tier = tiers.tier
    group by
        fired.customer_id, fired.as_of_date, fired.last_purchase_on, fired.tier, fired.churn_probability,
        fired.churn_model_version
)

select pointed.*, levels.level, levels.level_en, levels.level_zh, levels.due_days
from pointed
inner join {{ source('policy', 'alert_levels') }} as levels on pointed.points >= levels.at_least
qualify row_number() over (partition by pointed.customer_id, pointed.as_of_date order by levels.position) = 1
