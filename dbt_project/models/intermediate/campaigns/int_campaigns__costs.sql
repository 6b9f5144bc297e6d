-- What a campaign cost, and what those who bought by it were given off the price. The campaign's own figure goes first;
-- else what was booked for it and what its touches cost.
with touched as (
    select
        touches.campaign_id,
        sum(coalesce(touches.cost, case when touches.kind = 'sent' then campaigns.cost_per_contact end)) as cost
    from {{ ref('fct_campaign_touches') }} as touches
    inner join {{ ref('dim_campaign') }} as campaigns on touches.campaign_id = campaigns.campaign_id
    where not coalesce(touches.is_control, false)
    group by touches.campaign_id
),

booked as (
    select campaign_id, sum(amount) as cost from {{ ref('fct_marketing_spend') }} group by campaign_id
),

told as (
    select source from {{ ref('fct_campaign_touches') }} where kind = 'redeemed' group by source
),

redeemed as (
    select campaign_id, count(*) as redeemed, count(distinct customer_id) as redeemers
    from {{ ref('fct_campaign_touches') }}
    where kind = 'redeemed'
    group by campaign_id
),

bought as (
    select
        campaign_id,
        count(*) as orders,
        sum(net_revenue) as net_revenue,
        sum(discount_amount) as discount,
        sum(case when discount_amount is not null then gross_revenue + discount_amount end) as full_price
    from {{ ref('fct_orders') }}
    where kind = 'sale' and campaign_id is not null
    group by campaign_id
)

select
    campaigns.campaign_id,
    {{ money('coalesce(campaigns.cost, case when touched.cost is not null or booked.cost is not null
        then coalesce(touched.cost, 0) + coalesce(booked.cost, 0) end)') }} as cost,
    case
        when campaigns.cost is not null then 'campaign'
        when touched.cost is not null and booked.cost is not null then 'touches_and_bookings'
        when touched.cost is not null then 'touches'
        when booked.cost is not null then 'bookings'
    end as cost_basis,
    coalesce(bought.orders, 0) as attributed_orders,
    {{ money('bought.net_revenue') }} as attributed_revenue,
    {{ ratio('bought.discount', 'bought.full_price') }} as discount_given,
    case when told.source is not null then coalesce(redeemed.redeemed, 0) end as redeemed,
    case when told.source is not null then coalesce(redeemed.redeemers, 0) end as redeemers
from {{ ref('dim_campaign') }} as campaigns
left join touched on campaigns.campaign_id = touched.campaign_id
left join booked on campaigns.campaign_id = booked.campaign_id
left join told on campaigns.source = told.source
left join redeemed on campaigns.campaign_id = redeemed.campaign_id
left join bought on campaigns.campaign_id = bought.campaign_id
