-- What actions may ask of everyone known at the date of the run: facts, where they stand, how they may be reached, and what
-- is being done about them already.
with current_date_of_run as (
    select {{ current_build('as_of_date') }} as as_of_date
),

{# A campaign may write more than once. Where no source tells what was sent, its first sign of life is a contact. -#}
touched as (
    select
        customer_id, campaign_id, touched_on,
        rank() over (
            partition by customer_id, campaign_id
            order by case kind when 'sent' then 1 when 'delivered' then 2 else 3 end,
                case when kind not in ('sent', 'delivered') then touched_on end
        ) as place
    from {{ ref('fct_campaign_touches') }}
    where kind not in ('targeted', 'bounced') and not coalesce(is_control, false) and touched_on is not null
),

contacts as (
    select distinct customer_id, campaign_id as contact, touched_on as contacted_on from touched where place = 1
    union all
    select customer_id, contact_id, started_on from {{ ref('fct_contacts') }} where direction = 'outbound'
    union all
    {#- Who is held back is counted as if they had been contacted: both sides stay alike. #}
    select customer_id, action_key, as_of_date
    from {{ source('scores', 'planned_actions') }}
    where state <> 'refused'
),

contacted as (
    select contacts.customer_id, count(*) as contacts
    from contacts
    cross join current_date_of_run as run
    cross join {{ source('policy', 'action_settings') }} as settings
    where contacts.contacted_on between {{ add_days('run.as_of_date', '1 - settings.contact_days') }} and run.as_of_date
    group by contacts.customer_id
),

closed_channels as (
    select customer_id, channel from {{ ref('fct_campaign_touches') }} where kind = 'unsubscribed' and channel is not null
    union
    select customer_id, 'email' from {{ ref('dim_customer') }} where coalesce(email_status, '') not in ('valid', 'unchecked')
    union
    select customers.customer_id, channels.channel
    from {{ ref('dim_customer') }} as customers
    cross join (select 'sms' as channel union all select 'call') as channels
    where coalesce(customers.phone_status, '') not in ('valid', 'unchecked')
),

closed as (
    select customer_id, '|' || {{ joined_text('channel', '|', 'channel') }} || '|' as closed_channels
    from closed_channels
    group by customer_id
),

preferred as (
    select customer_id, '|' || {{ joined_text('preferred', '|', 'dimension') }} || '|' as preferences
    from {{ ref('customer_preferences') }}
    where as_of_date = {{ current_build('as_of_date') }} and preferred is not null
    group by customer_id
),

{# What is open, and what the CRM has answered: nothing more is done about a customer meanwhile. -#}
busy as (
    select planned.customer_id, count(*) as open_actions
    from {{ source('scores', 'planned_actions') }} as planned
    cross join current_date_of_run as run
    left join (select distinct action_key from {{ ref('fct_action_results') }}) as results
        on planned.action_key = results.action_key
    where planned.state <> 'refused' and planned.closes_on >= run.as_of_date and results.action_key is null
    group by planned.customer_id
)

select
    metrics.*,
    tiers.tier,
    tiers.tier_level,
    stages.stage,
    stages.stage_en,
    stages.stage_zh,
    risks.risk_tier,
    churn.churn_probability,
    churn.model_version as churn_model_version,
    clv.probability_alive,
    clv.expected_spend,
    clv.clv_12m,
    clv.model_version as value_model_version,
    value_tiers.value_tier,
    value_index.value_index,
    plan.expected_worth as worth_of_return,
    coalesce(preferred.preferences, '') as preferences,
    coalesce(closed.closed_channels, '') as closed_channels,
    coalesce(customers.accepts_marketing, settings.consent_when_unknown) as accepts_marketing,
    customers.closed_on,
    coalesce(contacted.contacts, 0) as contacts,
    coalesce(busy.open_actions, 0) as open_actions,
    controls.is_control
from {{ ref('customer_metrics') }} as metrics
inner join {{ ref('dim_customer') }} as customers on metrics.customer_id = customers.customer_id
inner join {{ ref('int_actions__controls') }} as controls on metrics.customer_id = controls.customer_id
cross join {{ source('policy', 'action_settings') }} as settings
cross join {{ source('policy', 'alert_settings') }} as alert_settings
left join {{ ref('customer_tiers') }} as tiers
    on metrics.customer_id = tiers.customer_id and metrics.as_of_date = tiers.as_of_date
left join {{ ref('lifecycle_stage') }} as stages
    on metrics.customer_id = stages.customer_id and metrics.as_of_date = stages.as_of_date
    and stages.unit_kind = 'customer'
left join {{ source('scores', 'churn_scores') }} as churn
    on metrics.customer_id = churn.customer_id and metrics.as_of_date = churn.as_of_date
    and alert_settings.lead_days = churn.lead_days
left join {{ source('scores', 'churn_risk_tiers') }} as risks
    on metrics.customer_id = risks.customer_id and metrics.as_of_date = risks.as_of_date
    and alert_settings.lead_days = risks.lead_days
left join {{ source('scores', 'clv_scores') }} as clv
    on metrics.customer_id = clv.customer_id and metrics.as_of_date = clv.as_of_date
left join {{ source('scores', 'clv_tiers') }} as value_tiers
    on metrics.customer_id = value_tiers.customer_id and metrics.as_of_date = value_tiers.as_of_date
left join {{ ref('value_index') }} as value_index
    on metrics.customer_id = value_index.customer_id and metrics.as_of_date = value_index.as_of_date
left join {{ ref('winback_plan') }} as plan on metrics.customer_id = plan.customer_id
left join preferred on metrics.customer_id = preferred.customer_id
left join closed on metrics.customer_id = closed.customer_id
left join contacted on metrics.customer_id = contacted.customer_id
left join busy on metrics.customer_id = busy.customer_id
where metrics.is_current
