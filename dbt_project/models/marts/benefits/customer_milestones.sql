-- The moments of a customer that the policy calls milestones, each on the business day that reached it.
with dated as (
    select *, {{ current_build('as_of_date') }} as as_of_date from {{ ref('int_milestones__reached') }}
)

select
    dated.customer_id,
    dated.milestone,
    cast(dated.occurrence as integer) as occurrence,
    milestones.milestone_en,
    milestones.milestone_zh,
    milestones.kind,
    dated.reached_on,
    {{ money('dated.value') }} as value,
    milestones.threshold,
    dated.as_of_date,
    cast({{ days_between('dated.reached_on', 'dated.as_of_date') }} as bigint) as days_ago,
    dated.reached_on = dated.as_of_date as is_today,
    {{ days_between('dated.reached_on', 'dated.as_of_date') }} < settings.milestone_window_days as is_recent,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from dated
inner join {{ source('policy', 'milestones') }} as milestones on dated.milestone = milestones.milestone
cross join {{ source('policy', 'benefit_settings') }} as settings
