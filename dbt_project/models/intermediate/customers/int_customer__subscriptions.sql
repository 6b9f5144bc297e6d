-- Subscriptions of a customer that run at an as-of date, and their price a month, for the dates that had any.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with terms as (
    select
        customer_id,
        starts_on,
        coalesce(
            case when ended_on < coalesce(ends_on, date '9999-12-31') then {{ add_days('ended_on', -1) }} else ends_on end,
            date '9999-12-31'
        ) as last_day,
        {{ monthly_price('price', 'billing_period') }} as monthly_price
    from {{ ref('fct_subscriptions') }}
    where customer_id is not null
)

select
    terms.customer_id,
    dates.as_of_date,
    count(*) as active_subscriptions,
    sum(terms.monthly_price) as monthly_recurring_revenue
from terms
inner join {{ source('ops', 'as_of_dates') }} as dates on dates.as_of_date between terms.starts_on and terms.last_day
where {{ only_stale('dates.as_of_date') }}
group by terms.customer_id, dates.as_of_date
