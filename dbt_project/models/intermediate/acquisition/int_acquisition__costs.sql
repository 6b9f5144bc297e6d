-- What was spent to win customers, by channel, campaign and month: marketing of the policy's purposes, and leads.
with spent as (
    select spend.channel, spend.campaign_id, spend.spent_on, spend.amount
    from {{ ref('fct_marketing_spend') }} as spend
    inner join {{ source('policy', 'acquisition_purposes') }} as paid on spend.purpose = paid.purpose
    union all
    select channel, campaign_id, created_on, cost
    from {{ ref('fct_leads') }}
    where cost is not null
)

select
    coalesce(channel, 'unknown') as channel,
    campaign_id,
    {{ month_end('spent_on') }} as month_end,
    {{ money('sum(amount)') }} as amount
from spent
where amount is not null
group by coalesce(channel, 'unknown'), campaign_id, {{ month_end('spent_on') }}
