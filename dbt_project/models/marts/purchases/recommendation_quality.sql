-- How well lists, probabilities and windows of next purchases did on the last days, beside simpler methods.
select
    subject,
    method,
    metric,
    {{ rounded('value', 6) }} as value,
    judged_from,
    judged_to,
    reason,
    as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'purchase_quality') }}
where as_of_date = {{ current_build('as_of_date') }}
