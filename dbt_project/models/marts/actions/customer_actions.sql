-- What was decided for customers at the date of the run and before, control included: why, what is expected of it, whose
-- task it is until when, and how far it has come.
{{ config(tags=['decided']) }}
with decided as (
    select *, case when is_control then 'withheld' else 'planned' end as status, cast(null as date) as acknowledged_on
    from {{ ref('int_actions__decided') }}
    union all
    select {{ decided_columns() }}, state, acknowledged_on
    from {{ source('scores', 'planned_actions') }}
),

results as (
    select action_key, status as result, happened_on as result_on
    from {{ ref('fct_action_results') }}
    qualify row_number() over (partition by action_key order by happened_at desc, action_result_id desc) = 1
)

select
    {{ decided_columns('decided.') }},
    decided.as_of_date = {{ current_build('as_of_date') }} as is_decided_now,
    decided.status,
    decided.acknowledged_on,
    results.result,
    results.result_on,
    decided.status <> 'refused' and results.result is null and decided.closes_on >= {{ current_build('as_of_date') }} as is_open
from decided
left join results on decided.action_key = results.action_key
