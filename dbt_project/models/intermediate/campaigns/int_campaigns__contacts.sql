-- One row per campaign and customer whom it reached out to, with the channel and day of the first contact and how far the
-- customer came. What a source never tells of (opening, say) is unknown of all its contacts.
{%- set answers = "'clicked', 'responded', 'redeemed', 'converted'" %}
with told as (
    select
        source,
        {%- for kind in ['sent', 'delivered', 'opened'] %}
        max(case when kind = '{{ kind }}' then 1 else 0 end) as tells_{{ kind }},
        {%- endfor %}
        max(case when kind in ({{ answers }}) then 1 else 0 end) as tells_responses,
        max(case when kind in ('redeemed', 'converted') then 1 else 0 end) as tells_conversions
    from {{ ref('fct_campaign_touches') }}
    group by source
),

touches as (
    select
        chosen.campaign_id,
        chosen.customer_id,
        max(touches.source) as source,
        min(coalesce(touches.channel, campaigns.channel)) as channel,
        coalesce(min(case when touches.kind in ('targeted', 'sent', 'delivered', 'bounced') then touches.touched_on end),
            min(campaigns.starts_on)) as contacted_on,
        max(case when touches.kind in ('sent', 'delivered', 'bounced', 'opened', {{ answers }}) then 1 else 0 end) as is_sent,
        max(case when touches.kind in ('delivered', 'opened', {{ answers }}) then 1 else 0 end) as is_delivered,
        max(case when touches.kind in ('opened', 'clicked') then 1 else 0 end) as is_opened,
        max(case when touches.kind in ({{ answers }}) then 1 else 0 end) as is_responded,
        max(case when touches.kind in ('redeemed', 'converted') then 1 else 0 end) as is_converted
    from {{ ref('int_campaigns__chosen') }} as chosen
    inner join {{ ref('fct_campaign_touches') }} as touches
        on chosen.campaign_id = touches.campaign_id and chosen.customer_id = touches.customer_id
    left join {{ ref('dim_campaign') }} as campaigns on chosen.campaign_id = campaigns.campaign_id
    where chosen.arm = 'treated'
    group by chosen.campaign_id, chosen.customer_id
)

select
    touches.campaign_id,
    touches.customer_id,
    touches.channel,
    touches.contacted_on,
    {%- for flag, told in {
        'sent': 'sent', 'delivered': 'delivered', 'opened': 'opened', 'responded': 'responses', 'converted': 'conversions'
    }.items() %}
    case when told.tells_{{ told }} = 1 then touches.is_{{ flag }} end as is_{{ flag }},
    {%- endfor %}
    members.is_retained
from touches
inner join told on touches.source = told.source
left join {{ ref('int_campaigns__members') }} as members
    on touches.campaign_id = members.campaign_id and touches.customer_id = members.customer_id
