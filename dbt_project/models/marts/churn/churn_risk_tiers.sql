-- The risk tier that the policy gives to a churn probability.
select
    scores.customer_id,
    scores.as_of_date,
    scores.lead_days,
    scores.risk_tier,
    tiers.risk_tier_zh,
    tiers.position as risk_level,
    scores.model_name,
    scores.model_version,
    scores.scored_at,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'churn_risk_tiers') }} as scores
left join {{ source('policy', 'churn_risk_tiers') }} as tiers on scores.risk_tier = tiers.risk_tier
where scores.as_of_date = {{ current_build('as_of_date') }}
