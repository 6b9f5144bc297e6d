-- The value tier that the policy gives to a predicted lifetime value.
select
    scored.customer_id,
    scored.as_of_date,
    scored.value_tier,
    tiers.tier_zh as value_tier_zh,
    scored.model_name,
    scored.model_version,
    scored.scored_at,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'clv_tiers') }} as scored
left join {{ source('policy', 'clv_tiers') }} as tiers on scored.value_tier = tiers.tier
where scored.as_of_date <= {{ current_build('as_of_date') }}
