-- What a customer did on a day on web, app or at the point of sale: one row per customer and day with an event.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('happened_on') }}") }}
with visits as (
    select
        customer_id,
        occurred_on,
        source,
        session_key,
        sum(case when kind = 'login' then 1 else 0 end) as logins,
        {# What is said to last longer than a day, or less than nothing, was not measured. -#}
        sum(case when duration_seconds between 0 and 86400 then cast({{ rounded('duration_seconds', 3) }} as decimal(18, 3)) end)
            as duration_seconds
    from {{ ref('stg_crm__events') }}
    where
        customer_id is not null and occurred_on <= {{ current_build('as_of_date') }}
        and {{ only_stale('occurred_on') }}
    group by customer_id, occurred_on, source, session_key
)

select
    customer_id,
    occurred_on as happened_on,
    1 as active_days,
    count(session_key) as sessions,
    sum(logins) as logins,
    cast(sum(duration_seconds) as decimal(18, 3)) as duration_seconds
from visits
group by customer_id, occurred_on
