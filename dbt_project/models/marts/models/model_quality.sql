-- How well the models behind the scores were judged, one row a figure.
select
    as_of_date,
    model_name,
    model_version,
    model_run_id,
    metric,
    position,
    value,
    reason,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'model_quality') }}
where as_of_date = {{ current_build('as_of_date') }}
