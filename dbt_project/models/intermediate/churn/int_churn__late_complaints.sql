-- Complaints, and from which day on each was known to be handled late: answered or solved after the hours of the churn
-- policy. A time that no source tells makes nobody late.
with told as (
    select
        source,
        max(case when column_name = 'first_answered_at' then 1 else 0 end) = 1 as tells_answers,
        max(case when column_name = 'solved_at' then 1 else 0 end) = 1 as tells_solutions
    from {{ source('ops', 'mapped_columns') }}
    where entity = 'tickets'
    group by source
),

timed as (
    select
        tickets.customer_id,
        tickets.opened_on,
        case
            when told.tells_answers and coalesce(
                {{ seconds_between('tickets.opened_at', 'tickets.first_answered_at') }} > 3600 * settings.late_answer_hours, true
            ) then {{ add_days('tickets.opened_on', 'settings.late_answer_days') }}
        end as answer_late_on,
        case
            when told.tells_solutions and coalesce(
                {{ seconds_between('tickets.opened_at', 'tickets.solved_at') }} > 3600 * settings.late_solution_hours, true
            ) then {{ add_days('tickets.opened_on', 'settings.late_solution_days') }}
        end as solution_late_on
    from {{ ref('fct_tickets') }} as tickets
    inner join told on tickets.source = told.source
    cross join {{ source('policy', 'churn_settings') }} as settings
    where tickets.kind = 'complaint' and tickets.customer_id is not null
)

select
    customer_id,
    opened_on,
    least(answer_late_on, solution_late_on) as late_on
from timed
