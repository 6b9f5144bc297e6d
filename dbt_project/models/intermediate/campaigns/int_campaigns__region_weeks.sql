-- Campaigns of a region of which it is not known whom they reached: money of that region's customers by week from the first
-- day on, and before it, beside that of regions that no campaign was for in these days.
with weeks as (
    select
        windows.campaign_id,
        customers.region,
        cast(floor({{ days_between('windows.starts_on', 'days.ordered_on') }} / 7.0) as integer) as week_no,
        sum(days.net_revenue) as revenue,
        sum(days.gross_margin) as margin
    from {{ ref('int_campaigns__windows') }} as windows
    cross join {{ source('policy', 'campaign_settings') }} as settings
    inner join {{ ref('int_customer__days') }} as days
        on days.ordered_on between {{ add_days('windows.starts_on', '-7 * settings.region_weeks') }}
            and {{ add_days('windows.starts_on', 'cast(7 * floor(windows.days_measured / 7.0) as integer) - 1') }}
    inner join {{ ref('dim_customer') }} as customers on days.customer_id = customers.customer_id
    where windows.design = 'region' and customers.region is not null
    group by windows.campaign_id, customers.region, week_no
),

taken as (
    select windows.campaign_id, others.region
    from {{ ref('int_campaigns__windows') }} as windows
    inner join {{ ref('int_campaigns__windows') }} as others
        on windows.campaign_id <> others.campaign_id
        and others.starts_on <= windows.measured_to and others.last_on >= windows.starts_on
    where windows.design = 'region' and others.region is not null
    group by windows.campaign_id, others.region
),

{# A week in which a region bought nothing is one of nought. -#}
grid as (
    select regions.campaign_id, regions.region, numbers.week_no
    from (select campaign_id, region from weeks group by campaign_id, region) as regions
    inner join (select campaign_id, week_no from weeks group by campaign_id, week_no) as numbers on regions.campaign_id = numbers.campaign_id
)

select
    grid.campaign_id,
    grid.region,
    grid.region = windows.region as is_own,
    grid.week_no,
    {{ money('coalesce(weeks.revenue, 0)') }} as revenue,
    {{ money('coalesce(weeks.margin, 0)') }} as margin
from grid
inner join {{ ref('int_campaigns__windows') }} as windows on grid.campaign_id = windows.campaign_id
left join weeks
    on grid.campaign_id = weeks.campaign_id and grid.region = weeks.region and grid.week_no = weeks.week_no
left join taken on grid.campaign_id = taken.campaign_id and grid.region = taken.region
where grid.region = windows.region or taken.region is null
