-- Costs of nobody in particular in the 12 months before every as-of date, by kind, and whether the kind is known by then.
with entries as (
    select
        kind,
        happened_on,
        customer_id is null as is_shared,
        coalesce(service_cost, 0) + coalesce(marketing_cost, 0) as amount
    from {{ ref('int_customer__cost_entries') }}
    union all
    select 'marketing', spend.spent_on, true, spend.amount
    from {{ ref('fct_marketing_spend') }} as spend
    inner join {{ source('policy', 'maintenance_purposes') }} as counted
        on coalesce(spend.purpose, 'other') = counted.purpose
    left join {{ ref('dim_campaign') }} as campaigns on spend.campaign_id = campaigns.campaign_id
    where campaigns.cost is null and spend.amount is not null
),

booked as (
    select
        kind,
        happened_on,
        sum(case when is_shared then amount else 0 end) as amount
    from entries
    group by kind, happened_on
),

{# The first day of a campaign bears what it cost beyond the touches so far. -#}
touches as (
    select campaign, cost_on, sum(cost) as cost
    from {{ ref('int_customer__campaign_days') }}
    where cost is not null
    group by campaign, cost_on
),

campaigns as (
    select
        dates.as_of_date,
        campaigns.campaign_id,
        case
            when campaigns.starts_on >= {{ window_start('dates.as_of_date', 12) }}
                then greatest(max(campaigns.cost) - coalesce(sum(touches.cost), 0), 0)
            else 0
        end as amount
    from {{ source('ops', 'as_of_dates') }} as dates
    inner join {{ ref('dim_campaign') }} as campaigns
        on campaigns.starts_on <= dates.as_of_date and campaigns.cost is not null
    left join touches on campaigns.campaign_id = touches.campaign and touches.cost_on <= dates.as_of_date
    group by dates.as_of_date, campaigns.campaign_id, campaigns.starts_on
)

select
    dates.as_of_date,
    booked.kind,
    {{ money("sum(case when booked.happened_on >= " ~ window_start('dates.as_of_date', 12) ~ " then booked.amount else 0 end)") }}
        as amount
from {{ source('ops', 'as_of_dates') }} as dates
inner join booked on booked.happened_on <= dates.as_of_date
group by dates.as_of_date, booked.kind
union all
select as_of_date, 'campaigns', {{ money('sum(amount)') }}
from campaigns
group by as_of_date
