-- The risk tier that the policy gives to a churn probability.
select
    customer_id,
    as_of_date,
    lead_days,
    risk_tier,
    model_name,
    model_version,
    scored_at,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'churn_risk_tiers') }}
where as_of_date = {{ current_build('as_of_date') }}
