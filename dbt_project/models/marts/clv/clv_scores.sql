-- What every customer is expected to buy and to be worth in the 12 months after a date.
select
    customer_id,
    as_of_date,
    probability_alive,
    expected_purchases_12m,
    expected_spend,
    clv_12m,
    clv_12m_low,
    clv_12m_high,
    interval_level,
    model_family,
    purchase_family,
    score_reason,
    model_name,
    model_version,
    model_run_id,
    scored_at,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'clv_scores') }}
where as_of_date <= {{ current_build('as_of_date') }}
