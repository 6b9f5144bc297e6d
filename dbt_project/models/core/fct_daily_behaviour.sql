-- One row per customer, day, channel and kind of deed: what customers did on web, app and at the point of sale.
select
    customer_id,
    occurred_on,
    coalesce(channel, 'unknown') as channel,
    coalesce(kind, 'other') as kind,
    cast(count(*) as bigint) as events,
    cast(count(distinct session_key) as bigint) as sessions,
    {{ rounded('sum(duration_seconds)', 3) }} as duration_seconds,
    {{ money('sum(amount)') }} as amount
from {{ ref('stg_crm__events') }}
where customer_id is not null and occurred_on <= {{ current_build('as_of_date') }}
group by customer_id, occurred_on, coalesce(channel, 'unknown'), coalesce(kind, 'other')
