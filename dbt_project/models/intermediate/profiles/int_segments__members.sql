-- Who is in a segment at the current date, what they are like, and the tier that they held a year before beside today's.
with tiers as (
    select customer_id, as_of_date, tier_level from {{ ref('customer_tiers') }}
)

select
    segments.customer_id,
    segments.segment_no,
    segments.segment_no_12m_before,
    stages.stage,
    metrics.recency_days,
    metrics.tenure_days,
    metrics.orders_12m,
    metrics.net_revenue_12m,
    metrics.average_order_value,
    metrics.categories_12m,
    metrics.discount_share_12m,
    former.tier_level as tier_level_12m_before,
    now.tier_level,
    case when former.tier_level is not null and now.tier_level is not null then
        case when now.tier_level < former.tier_level then 1 else 0 end
    end as is_upgraded,
    case when former.tier_level is not null and now.tier_level is not null then
        case when now.tier_level > former.tier_level then 1 else 0 end
    end as is_downgraded
from {{ ref('customer_segments') }} as segments
inner join {{ ref('customer_metrics') }} as metrics
    on segments.customer_id = metrics.customer_id and segments.as_of_date = metrics.as_of_date
left join {{ ref('lifecycle_stage') }} as stages
    on segments.customer_id = stages.customer_id and segments.as_of_date = stages.as_of_date
left join tiers as now
    on segments.customer_id = now.customer_id and segments.as_of_date = now.as_of_date
left join tiers as former
    on segments.customer_id = former.customer_id and former.as_of_date = {{ date_a_year_before() }}
where segments.segment_no is not null
