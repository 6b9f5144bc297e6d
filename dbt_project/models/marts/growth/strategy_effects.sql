-- What campaigns did to revenue: touched customers before and after, less the same of untouched peers in the same cell of
-- tier, stage, revenue band and region, and of the control group where one was held back; of each campaign, and of each
-- objective over its campaigns.
with matched as (
    select
        touched.campaign_id,
        touched.objective,
        touched.starts_on,
        touched.customers,
        touched.revenue_before,
        touched.revenue_after,
        touched.customers as weight,
        peers.customers as peers,
        touched.mean_change - peers.mean_change as effect,
        touched.variance / touched.customers + peers.variance / peers.customers as variance
    from {{ ref('int_growth__changes') }} as touched
    inner join {{ ref('int_growth__changes') }} as peers
        on touched.campaign_id = peers.campaign_id and touched.cell = peers.cell
    where touched.arm = 'touched' and peers.arm = 'peer' and touched.customers >= 2 and peers.customers >= 2
),

{# Chance decides who is held back, so the arms are compared whole: pooled over cells they are alike. -#}
arms as (
    select
        campaign_id,
        arm,
        sum(customers) as customers,
        sum(customers * mean_change) / sum(customers) as mean_change,
        (
            sum((customers - 1) * coalesce(variance, 0) + customers * mean_change * mean_change)
            - sum(customers * mean_change) * sum(customers * mean_change) / sum(customers)
        ) / nullif(sum(customers) - 1, 0) as variance
    from {{ ref('int_growth__changes') }}
    where arm in ('touched', 'control')
    group by campaign_id, arm
),

against_control as (
    select
        touched.campaign_id,
        touched.customers as touched,
        control.customers as controls,
        touched.mean_change - control.mean_change as effect,
        touched.variance / touched.customers + control.variance / control.customers as variance
    from arms as touched
    left join arms as control on touched.campaign_id = control.campaign_id and control.arm = 'control'
    where touched.arm = 'touched'
),

each_campaign as (
    select
        against_control.campaign_id,
        max(matched.objective) as objective,
        max(matched.starts_on) as starts_on,
        max(against_control.touched) as touched,
        sum(matched.customers) as matched,
        sum(matched.peers) as peers,
        sum(matched.revenue_before) as revenue_before,
        sum(matched.revenue_after) as revenue_after,
        sum(matched.weight * matched.effect) / sum(matched.weight) as effect,
        sum(matched.weight * matched.weight * matched.variance) / (sum(matched.weight) * sum(matched.weight)) as variance,
        max(against_control.controls) as controls,
        max(against_control.effect) as control_effect,
        max(against_control.variance) as control_variance
    from against_control
    inner join matched on against_control.campaign_id = matched.campaign_id
    group by against_control.campaign_id
),

units as (
    select 'campaign' as unit_kind, campaign_id as unit_id, 1 as campaigns, each_campaign.* from each_campaign
    union all
    select
        'objective',
        objective,
        count(*),
        cast(null as string),
        objective,
        cast(null as date),
        sum(touched),
        sum(matched),
        sum(peers),
        sum(revenue_before),
        sum(revenue_after),
        sum(matched * effect) / sum(matched),
        sum(matched * matched * variance) / (sum(matched) * sum(matched)),
        sum(controls),
        sum(case when control_variance is not null then touched * control_effect end)
            / nullif(sum(case when control_variance is not null then touched end), 0),
        sum(touched * touched * control_variance)
            / nullif(
                sum(case when control_variance is not null then touched end)
                * sum(case when control_variance is not null then touched end), 0
            )
    from each_campaign
    where objective is not null
    group by objective
)

select
    unit_kind,
    unit_id,
    objective,
    starts_on,
    cast(campaigns as bigint) as campaigns,
    cast(touched as bigint) as touched,
    cast(matched as bigint) as matched,
    cast(peers as bigint) as peers,
    {{ money(rounded('cast(revenue_before as double) / matched', 4)) }} as revenue_before,
    {{ money(rounded('cast(revenue_after as double) / matched', 4)) }} as revenue_after,
    {{ rounded('effect', 4) }} as effect,
    {{ rounded('sqrt(variance)', 4) }} as standard_error,
    cast(controls as bigint) as controls,
    {{ rounded('control_effect', 4) }} as control_effect,
    {{ rounded('sqrt(control_variance)', 4) }} as control_standard_error,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from units
