-- Coupons that a customer used on a day, once however many tables tell of it: one row per customer and day.
with told as (
    select customer_id, ordered_on as used_on, coupon_key
    from {{ ref('fct_orders') }}
    where coupon_key is not null
    union
    select customer_id, ordered_on, coupon_key
    from {{ ref('fct_order_items') }}
    where coupon_key is not null
    union
    select customer_id, occurred_on, coupon_key
    from {{ ref('stg_crm__events') }}
    where kind = 'coupon_use' and occurred_on <= {{ current_build('as_of_date') }}
    union
    select customer_id, touched_on, coupon_key
    from {{ ref('fct_campaign_touches') }}
    where kind = 'redeemed' and touched_on is not null
)

select customer_id, used_on as happened_on, greatest(count(coupon_key), 1) as coupon_uses
from told
group by customer_id, used_on
