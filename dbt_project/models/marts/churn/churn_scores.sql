-- How likely every customer is to stop buying within each lead, or why that is not known.
select
    customer_id,
    as_of_date,
    lead_days,
    churn_probability,
    score_reason,
    model_name,
    model_version,
    model_run_id,
    scored_at,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'churn_scores') }}
where as_of_date = {{ current_build('as_of_date') }}
