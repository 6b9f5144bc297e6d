-- The first conversion offer of the policy that fits a customer at the current date, and when one was last made.
with conditions as (
    select
        metrics.customer_id,
        offers.position,
        offers.offer,
        offers.offer_en,
        offers.offer_zh,
        offers.metric is null or {{ condition_holds(metric_value('offers.metric', 'metrics'), 'offers.operator', 'offers.value') }}
            as holds
    from {{ ref('customer_metrics') }} as metrics
    cross join {{ source('policy', 'long_tail_offers') }} as offers
    where metrics.is_current and metrics.orders_lifetime > 0
),

fitting as (
    select customer_id, position, offer, offer_en, offer_zh
    from conditions
    group by customer_id, position, offer, offer_en, offer_zh
    having min(case when holds then 1 else 0 end) = 1
),

first_fitting as (
    select *
    from fitting
    qualify row_number() over (partition by customer_id order by position) = 1
),

-- A campaign for cross-selling, upgrading or activating that reached the customer is an offer that was made.
made as (
    select touches.customer_id, max(touches.touched_on) as offered_on
    from {{ ref('fct_campaign_touches') }} as touches
    inner join {{ ref('dim_campaign') }} as campaigns on touches.campaign_id = campaigns.campaign_id
    where campaigns.objective in ('cross_sell', 'upgrade', 'activation')
        and touches.kind not in ('targeted', 'bounced', 'unsubscribed')
        and not coalesce(touches.is_control, false)
    group by touches.customer_id
)

select first_fitting.*, made.offered_on, (select count(*) from made) > 0 as knows_offers
from first_fitting
left join made on first_fitting.customer_id = made.customer_id
