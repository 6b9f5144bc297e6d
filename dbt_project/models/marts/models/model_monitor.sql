-- Whether each model still fits its customers: drift of inputs and scores, and outcomes beside what was expected.
select
    as_of_date,
    model_name,
    model_version,
    part,
    item,
    tenth,
    reference_date,
    scored_on,
    customers,
    psi,
    psi_limit,
    expected,
    observed,
    expected_low,
    expected_high,
    is_beyond,
    reason,
    training_asked_on,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'model_monitor') }}
where as_of_date = {{ current_build('as_of_date') }}
