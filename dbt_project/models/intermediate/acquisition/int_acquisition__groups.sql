-- Each buyer in each group that is judged, with what winning them cost: the group's cost over its customers, and for a
-- tier, which no cost is booked on, that of the customer's channel.
-- Of those who first bought before any cost is told, it is unknown.
with told as (
    select min(month_end) as told_from from {{ ref('int_acquisition__costs') }}
),

by_channel as (
    select channel, sum(amount) as amount from {{ ref('int_acquisition__costs') }} group by channel
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
        buyers.cohort_month >= told.told_from as is_since_told,
        cast(by_channel.amount as double) as channel_amount,
        cast(by_campaign.amount as double) as campaign_amount,
        cast(by_month.amount as double) as month_amount
    from {{ ref('int_acquisition__buyers') }} as buyers
    cross join told
    left join by_channel on buyers.channel = by_channel.channel
    left join by_campaign on buyers.campaign_id = by_campaign.campaign_id
    left join by_month on buyers.cohort_month = by_month.month_end
),

costed as (
    select
        *
        {%- for kind, group in {'channel': 'channel', 'campaign': 'campaign_id', 'month': 'cohort_month'}.items() %},
        case when is_since_told then
            {{ kind }}_amount / count(case when is_since_told then 1 end) over (partition by {{ group }})
        end as {{ kind }}_cost
        {%- endfor %}
    from buyers
)

{% set groups = {
    'channel': ['channel', 'channel_cost'],
    'campaign': ['campaign_id', 'campaign_cost'],
    'tier': ['tier', 'channel_cost'],
    'cohort': ['cast(cohort_month as string)', 'month_cost']
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
from costed
where {{ value }} is not null
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
