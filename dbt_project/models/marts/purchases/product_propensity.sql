-- How likely a customer is to buy from a category in the next days, and which categories are being left.
with pairs as (
    select
        features.*,
        settings.leaving_factor,
        settings.probability_days,
        {{ ratio('category_recency_days', 'expected_gap_days') }} as silence_ratio
    from {{ ref('int_propensity__features') }} as features
    cross join {{ source('policy', 'next_purchase_settings') }} as settings
    where features.is_current
)

select
    pairs.customer_id,
    pairs.category,
    scores.probability,
    cast(pairs.probability_days as integer) as probability_days,
    case when scores.probability is null then coalesce(scores.score_reason, 'nothing has been scored at this date') end
        as score_reason,
    cast(pairs.category_days as bigint) as purchase_days,
    pairs.last_category_on as last_purchase_on,
    pairs.expected_gap_days,
    pairs.silence_ratio,
    case
        when pairs.category_days = 0 then 'not_yet'
        when pairs.silence_ratio is null then 'unknown'
        when pairs.silence_ratio > pairs.leaving_factor then 'leaving'
        else 'buying'
    end as state,
    pairs.told_on as as_of_date,
    scores.model_name,
    scores.model_version,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from pairs
left join {{ source('scores', 'propensity_scores') }} as scores
    on pairs.customer_id = scores.customer_id and pairs.category = scores.category and pairs.told_on = scores.as_of_date
