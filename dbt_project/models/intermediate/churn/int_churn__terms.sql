-- Terms of subscriptions of customers with their last day in force, as far as it is known: one row per term.
select
    customer_id,
    product_id,
    {{ monthly_price('price', 'billing_period') }} as recurring_revenue,
    starts_on,
    coalesce(
        case when ended_on < coalesce(ends_on, date '9999-12-31') then {{ add_days('ended_on', -1) }} else ends_on end,
        date '9999-12-31'
    ) as last_day,
    ends_on,
    ended_on,
    case when ended_on is not null then end_reason end as end_reason
from {{ ref('fct_subscriptions') }}
where customer_id is not null
