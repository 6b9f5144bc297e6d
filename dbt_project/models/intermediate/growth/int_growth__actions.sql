-- What customers did, and what was done to them, by day: the actions that may come before an upgrade.
with bought as (
    select items.customer_id, products.category, items.ordered_on
    from {{ ref('fct_order_items') }} as items
    inner join {{ ref('dim_product') }} as products on items.product_id = products.product_id
    where items.kind = 'sale' and items.customer_id is not null and products.category is not null
),

new_categories as (
    select customer_id, happened_on
    from (
        select customer_id, category, min(ordered_on) as happened_on from bought group by customer_id, category
    ) as firsts
),

reached as (
    select customer_id, touched_on as happened_on
    from {{ ref('fct_campaign_touches') }}
    where
        kind not in ('targeted', 'bounced', 'unsubscribed') and not coalesce(is_control, false)
        and customer_id is not null and touched_on is not null
),

done as (
    select 'campaign' as action, customer_id, happened_on from reached
    union all
    select 'coupon', customer_id, happened_on from {{ ref('int_customer__coupon_uses') }}
    union all
    select 'new_category', customer_id, happened_on from new_categories
    union all
    select 'referral', customer_id, referred_on from {{ ref('fct_referrals') }}
    union all
    select 'contact', customer_id, started_on from {{ ref('fct_contacts') }}
    union all
    select 'complaint', customer_id, opened_on from {{ ref('fct_tickets') }} where kind = 'complaint'
    union all
    select 'happy_survey', customer_id, scored_on
    from {{ ref('fct_surveys') }}
    where (kind = 'nps' and score >= 9) or (kind = 'csat' and score >= 4)
    union all
    select 'subscription', customer_id, starts_on from {{ ref('fct_subscriptions') }} where previous_subscription_id is null
)

select action, customer_id, happened_on
from done
where customer_id is not null and happened_on is not null
group by action, customer_id, happened_on
