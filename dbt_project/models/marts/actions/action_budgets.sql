-- What each budget allows, what of it is used, and what one more unit of it would bring.
{{ config(tags=['decided']) }}
select
    states.as_of_date,
    budgets.budget,
    budgets.budget_en,
    budgets.budget_zh,
    budgets.unit,
    budgets.per,
    budgets.budget_limit,
    states.used_before,
    states.used,
    {{ money('greatest(budgets.budget_limit - states.used_before - states.used, 0)') }} as remaining,
    states.price,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'action_budget_states') }} as states
inner join {{ source('policy', 'action_budgets') }} as budgets on states.budget = budgets.budget
where states.as_of_date = {{ current_build('as_of_date') }}
