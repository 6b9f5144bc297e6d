-- Campaigns to rehearse: those that have begun, as they could be foretold the day before; those that the CRM had planned by
-- the date of the run; and what the policy is thinking of. With how many buyers there were where they aim.
with subjects as (
    select
        'campaign' as plan_kind,
        campaign_id as plan_id,
        objective,
        channel,
        region,
        starts_on,
        starts_on as known_before,
        cast(null as string) as audience,
        budget,
        cast(null as decimal(18, 4)) as cost,
        cast(null as decimal(18, 4)) as cost_per_contact,
        cast(null as decimal(18, 4)) as fixed_cost,
        control_share,
        discount_rate,
        campaign_name as plan_en,
        campaign_name as plan_zh
    from {{ ref('dim_campaign') }}
    where starts_on is not null
    union all
    select
        'planned', campaign_id, objective, channel, region, starts_on, {{ add_days(current_build('as_of_date'), 1) }}, null,
        budget, cost, cost_per_contact, null, control_share, discount_rate, campaign_name, campaign_name
    from {{ ref('stg_crm__campaigns') }}
    where starts_on > {{ current_build('as_of_date') }} and announced_on <= {{ current_build('as_of_date') }}
    union all
    select
        'thought_of', plan, objective, channel, null, null, {{ add_days(current_build('as_of_date'), 1) }}, audience,
        budget, null, cost_per_contact, fixed_cost, control_share, discount_rate, plan_en, plan_zh
    from {{ source('policy', 'campaign_plans') }}
),

buyers as (
    select region, first_order_on, count(*) as customers
    from {{ ref('dim_customer') }}
    where first_order_on is not null
    group by region, first_order_on
),

aimed_at as (
    select subjects.plan_kind, subjects.plan_id, sum(buyers.customers) as buyers
    from subjects
    inner join buyers
        on buyers.first_order_on < subjects.known_before
        and (subjects.region is null or subjects.region = buyers.region)
    group by subjects.plan_kind, subjects.plan_id
)

select subjects.*, cast(coalesce(aimed_at.buyers, 0) as bigint) as buyers
from subjects
left join aimed_at on subjects.plan_kind = aimed_at.plan_kind and subjects.plan_id = aimed_at.plan_id
