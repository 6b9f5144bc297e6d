-- Each buyer in each group that is judged, with what winning them cost: the group's cost over its customers, and for a
-- tier, which no cost is booked on, that of the customer's channel.
with by_channel as (
    select costs.channel, costs.amount, buyers.customers
    from (
        select channel, sum(amount) as amount from {{ ref('int_acquisition__costs') }} group by channel
    ) as costs
    inner join (
        select channel, count(*) as customers from {{ ref('int_acquisition__buyers') }} group by channel
    ) as buyers on costs.channel = buyers.channel
),

by_campaign as (
    select campaign_id, sum(amount) as amount
    from {{ ref('int_acquisition__costs') }}
    where campaign_id is not null
    group by campaign_id
),

by_month as (
    select month_end, sum(amount) as amount from {{ ref('int_acquisition__costs') }} group by month_end
),

buyers as (
    select
        buyers.*,
        cast(by_channel.amount as double) / by_channel.customers as channel_cost,
        by_campaign.amount as campaign_amount,
        by_month.amount as month_amount
    from {{ ref('int_acquisition__buyers') }} as buyers
    left join by_channel on buyers.channel = by_channel.channel
    left join by_campaign on buyers.campaign_id = by_campaign.campaign_id
    left join by_month on buyers.cohort_month = by_month.month_end
)
{% set groups = {
    'channel': ['channel', 'channel_cost'],
    'campaign': ['campaign_id', 'cast(campaign_amount as double) / count(*) over (partition by campaign_id)'],
    'tier': ['tier', 'channel_cost'],
    'cohort': ['cast(cohort_month as string)', 'cast(month_amount as double) / count(*) over (partition by cohort_month)']
} %}
{%- for kind, (value, cost) in groups.items() %}
select
    '{{ kind }}' as group_kind,
    {{ value }} as group_value,
    customer_id,
    cohort_month,
    realised_margin,
    remaining_value,
    {{ cost }} as acquisition_cost
from buyers
where {{ value }} is not null
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
