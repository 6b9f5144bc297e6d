-- How many customers, and how much value, moved between quadrants from one month-end to the next.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with placed as (
    select
        as_of_date,
        coalesce(quadrant, 'unknown') as to_quadrant,
        value,
        lag(coalesce(quadrant, 'unknown')) over (partition by customer_id order by as_of_date) as previous_quadrant
    from {{ ref('value_matrix') }}
    where is_month_end and {{ stale_and_before('as_of_date', month_ends=true) }}
),

moves as (
    select
        as_of_date,
        coalesce(previous_quadrant, 'new') as from_quadrant,
        to_quadrant,
        count(*) as customers,
        {{ money('sum(' ~ money('value') ~ ')') }} as value
    from placed
    where {{ only_stale('as_of_date') }}
    group by as_of_date, coalesce(previous_quadrant, 'new'), to_quadrant
)

select
    as_of_date,
    from_quadrant,
    to_quadrant,
    customers,
    {{ ratio('customers', 'sum(customers) over (partition by as_of_date, from_quadrant)') }} as share_of_from_quadrant,
    value,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from moves
