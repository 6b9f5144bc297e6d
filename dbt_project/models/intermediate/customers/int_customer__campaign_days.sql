-- What a campaign did to a customer on a day: one row per customer, campaign and day with a touch that was not held back.
with days as (
    select
        customer_id,
        coalesce(campaign_id, touch_id) as campaign,
        campaign_id,
        touched_on,
        max(case when kind in ('targeted', 'sent', 'delivered') then 1 else 0 end) as touches,
        max(case when kind in ('responded', 'redeemed', 'converted') then 1 else 0 end) as answers,
        sum(cost) as touch_cost
    from {{ ref('fct_campaign_touches') }}
    where not coalesce(is_control, false) and touched_on is not null
    group by customer_id, coalesce(campaign_id, touch_id), campaign_id, touched_on
)

select
    days.customer_id,
    days.campaign,
    days.touched_on,
    days.touches,
    days.answers = 1
    and days.touched_on = min(case when days.answers = 1 then days.touched_on end) over (
        partition by days.customer_id, days.campaign
    ) as is_first_response,
    -- What a touch costs is told by the campaign from its first day on.
    case when days.touch_cost is null then greatest(days.touched_on, campaigns.starts_on) else days.touched_on end as cost_on,
    {{ money('coalesce(days.touch_cost, case when days.touches = 1 then campaigns.cost_per_contact end)') }} as cost
from days
left join {{ ref('dim_campaign') }} as campaigns on days.campaign_id = campaigns.campaign_id
