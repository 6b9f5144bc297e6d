-- Referrals, buyers they brought and points of a customer so far, at every as-of date from the first of them on.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with referred as (
    select
        referrals.customer_id,
        coalesce(referrals.referred_customer_id, referrals.referral_id) as referred,
        least(
            case when referrals.converted_on is not null then greatest(referrals.referred_on, referrals.converted_on) end,
            case when customers.first_order_on >= referrals.referred_on then customers.first_order_on end
        ) as bought_on
    from {{ ref('fct_referrals') }} as referrals
    left join {{ ref('dim_customer') }} as customers on referrals.referred_customer_id = customers.customer_id
),

entries as (
    select
        customer_id,
        referred_on as happened_on,
        1 as referrals_lifetime,
        0 as referred_buyers_lifetime,
        cast(0 as decimal(18, 4)) as points_balance
    from {{ ref('fct_referrals') }}
    union all
    select customer_id, min(bought_on), 0, 1, 0
    from referred
    where bought_on is not null
    group by customer_id, referred
    union all
    select customer_id, booked_on, 0, 0, points from {{ ref('fct_points') }}
)

{{ carried_forward('entries', totals=['referrals_lifetime', 'referred_buyers_lifetime', 'points_balance']) }}
