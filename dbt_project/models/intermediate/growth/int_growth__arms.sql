-- Customers at the last month-end before each campaign: touched by it, held back as its control, or a peer whom it did
-- not choose; with the cell of tier, stage, revenue band and region in which peers are alike. Campaigns count whose days
-- before and after lie within what is known.
with campaigns as (
    select
        campaigns.campaign_id,
        campaigns.objective,
        campaigns.starts_on,
        settings.effect_days,
        settings.revenue_bands,
        max(dates.as_of_date) as as_of_date
    from {{ ref('dim_campaign') }} as campaigns
    cross join {{ source('policy', 'growth_settings') }} as settings
    inner join {{ source('ops', 'as_of_dates') }} as dates on dates.is_month_end and dates.as_of_date < campaigns.starts_on
    where
        {{ add_days('campaigns.starts_on', 'settings.effect_days - 1') }} <= {{ current_build('as_of_date') }}
        and {{ add_days('campaigns.starts_on', '-settings.effect_days') }} >= (select min(date_day) from {{ ref('dim_date') }})
    group by campaigns.campaign_id, campaigns.objective, campaigns.starts_on, settings.effect_days, settings.revenue_bands
),

reached as (
    select
        campaign_id,
        customer_id,
        max(case when coalesce(is_control, false) then 1 else 0 end) as is_control,
        max(case when kind not in ('targeted', 'bounced', 'unsubscribed') and not coalesce(is_control, false) then 1 else 0 end)
            as is_touched
    from {{ ref('fct_campaign_touches') }}
    where customer_id is not null
    group by campaign_id, customer_id
),

banded as (
    select
        customer_id,
        as_of_date,
        cast(ceil(
            cast(rank() over (partition by as_of_date order by net_revenue_12m) as double)
            * settings.revenue_bands / count(*) over (partition by as_of_date)
        ) as integer) as revenue_band
    from {{ ref('customer_metrics') }}
    cross join {{ source('policy', 'growth_settings') }} as settings
    where orders_lifetime > 0 and is_month_end
)

select
    campaigns.campaign_id,
    campaigns.objective,
    campaigns.starts_on,
    campaigns.effect_days,
    tiers.customer_id,
    case
        when reached.is_touched = 1 then 'touched'
        when reached.is_control = 1 then 'control'
        when reached.customer_id is null then 'peer'
    end as arm,
    tiers.tier || '|' || stages.stage || '|' || cast(banded.revenue_band as string) || '|' || coalesce(customers.region, '')
        as cell
from campaigns
inner join {{ ref('customer_tiers') }} as tiers on campaigns.as_of_date = tiers.as_of_date
inner join {{ ref('lifecycle_stage') }} as stages
    on tiers.customer_id = stages.customer_id and tiers.as_of_date = stages.as_of_date
inner join banded on tiers.customer_id = banded.customer_id and tiers.as_of_date = banded.as_of_date
inner join {{ ref('dim_customer') }} as customers on tiers.customer_id = customers.customer_id
left join reached on campaigns.campaign_id = reached.campaign_id and tiers.customer_id = reached.customer_id
where stages.unit_kind = 'customer'
