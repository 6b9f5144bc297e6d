-- Everyone who came, as a lead or as a customer, and the day they reached each step of the funnel. A lead that became a
-- customer is that customer; of several leads of one customer the first counts.
with leads as (
    select lead_id, customer_id, channel, campaign_id, created_on as lead_on, status = 'invalid' as is_invalid
    from {{ ref('fct_leads') }}
    qualify row_number() over (partition by coalesce(customer_id, lead_id) order by created_on, lead_id) = 1
),

visits as (
    select customer_id, min(occurred_on) as first_visit_on
    from {{ ref('fct_daily_behaviour') }}
    group by customer_id
),

buying as (
    select
        days.customer_id,
        min(case when days.gap_days is not null then days.ordered_on end) as second_purchase_on,
        min(case
            when {{ days_between('customers.first_order_on', 'days.ordered_on') }} > settings.retained_from_days
                and {{ days_between('customers.first_order_on', 'days.ordered_on') }} <= settings.retained_to_days
                then days.ordered_on
        end) as retained_on
    from {{ ref('int_customer__days') }} as days
    inner join {{ ref('dim_customer') }} as customers on days.customer_id = customers.customer_id
    cross join {{ source('policy', 'acquisition_settings') }} as settings
    where days.orders > 0
    group by days.customer_id
),

customers as (
    select
        customers.customer_id,
        customers.acquisition_channel,
        customers.acquisition_campaign_id,
        least(customers.created_on, customers.first_order_on, visits.first_visit_on) as registered_on,
        customers.first_order_on as first_purchase_on,
        buying.second_purchase_on,
        buying.retained_on
    from {{ ref('dim_customer') }} as customers
    left join visits on customers.customer_id = visits.customer_id
    left join buying on customers.customer_id = buying.customer_id
),

joined as (
    select
        coalesce(customers.customer_id, leads.lead_id) as person_id,
        customers.customer_id,
        coalesce(customers.acquisition_channel, leads.channel, 'unknown') as channel,
        coalesce(customers.acquisition_campaign_id, leads.campaign_id) as campaign_id,
        coalesce(leads.is_invalid, false) as is_invalid,
        leads.lead_on,
        customers.registered_on,
        customers.first_purchase_on,
        customers.second_purchase_on,
        customers.retained_on
    from leads
    full outer join customers on leads.customer_id = customers.customer_id
),

referrals as (
    select referrals.customer_id, min(referrals.referred_on) as referred_on
    from {{ ref('fct_referrals') }} as referrals
    inner join {{ ref('dim_customer') }} as customers on referrals.customer_id = customers.customer_id
    where referrals.referred_on >= customers.first_order_on
    group by referrals.customer_id
)

select
    joined.*,
    referrals.referred_on,
    {{ month_end('least(joined.lead_on, joined.registered_on)') }} as cohort_month
from joined
left join referrals on joined.customer_id = referrals.customer_id
