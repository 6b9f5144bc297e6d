-- What became of a customer's points by every as-of date: the balance, what is about to lapse, and growth points.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
{%- set in_ledger = 'ledger.began_on <= metrics.as_of_date' %}
with ledger as (
    select min(booked_on) as began_on from {{ ref('fct_points') }}
),

balances as (
    select
        metrics.customer_id,
        metrics.as_of_date,
        metrics.is_month_end,
        metrics.is_current,
        {{ in_ledger }} as has_ledger,
        points.earned,
        points.bonus,
        -points.redeemed as redeemed,
        -points.expired as expired,
        points.adjusted,
        points.balance,
        greatest(points.past_lots - points.spent, 0) as lapsed,
        greatest(points.ending_lots - points.spent, 0) - greatest(points.past_lots - points.spent, 0) as expiring,
        next_expiry.next_expiry_on,
        next_expiry.next_expiry_points,
        growth.growth_points
    from {{ ref('customer_metrics') }} as metrics
    cross join ledger
    left join {{ ref('int_points__cumulated') }} as points
        on metrics.customer_id = points.customer_id and metrics.as_of_date = points.as_of_date
    left join {{ ref('int_points__next_expiry') }} as next_expiry
        on metrics.customer_id = next_expiry.customer_id and metrics.as_of_date = next_expiry.as_of_date
    left join {{ ref('int_points__growth') }} as growth
        on metrics.customer_id = growth.customer_id and metrics.as_of_date = growth.as_of_date
    where (metrics.orders_lifetime > 0 or points.customer_id is not null) and {{ only_stale('metrics.as_of_date') }}
)

select
    customer_id,
    as_of_date,
    is_month_end,
    is_current
    {%- for measure in ['earned', 'bonus', 'redeemed', 'expired', 'adjusted', 'balance', 'lapsed', 'expiring'] %},
    {{ money('case when has_ledger then coalesce(' ~ measure ~ ', 0) end') }} as {{ measure }}_points
    {%- endfor %},
    next_expiry_on,
    {{ money('next_expiry_points') }} as next_expiry_points,
    growth_points,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from balances
