-- What a customer did on a day on web, app or at the point of sale: one row per customer and day with an event.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('happened_on') }}") }}
with visits as (
    select
        customer_id,
        occurred_on,
        source,
        session_key,
        sum(case when kind = 'login' then 1 else 0 end) as logins
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
    sum(logins) as logins
from visits
group by customer_id, occurred_on
