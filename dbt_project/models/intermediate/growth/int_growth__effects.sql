-- What each campaign did to the revenue of those it touched: against peers in the same cell, and against its control.
with cells as (
    select
        *,
        cast(change as double) / customers as mean_change,
        {{ variance_of('squared_change', 'change', 'customers') }} as variance
    from {{ ref('int_growth__changes') }}
),

matched as (
    select
        touched.campaign_id,
        touched.objective,
        touched.starts_on,
        touched.customers,
        touched.revenue_before,
        touched.revenue_after,
        peers.customers as peers,
        touched.mean_change - peers.mean_change as effect,
        touched.variance / touched.customers + peers.variance / peers.customers as variance
    from cells as touched
    inner join cells as peers on touched.campaign_id = peers.campaign_id and touched.cell = peers.cell
    where touched.arm = 'touched' and peers.arm = 'peer' and touched.customers >= 2 and peers.customers >= 2
),

{# Chance decides who is held back, so the arms are compared whole. -#}
totals as (
    select campaign_id, arm, sum(customers) as customers, sum(change) as change, sum(squared_change) as squared_change
    from {{ ref('int_growth__changes') }}
    where arm in ('touched', 'control')
    group by campaign_id, arm
),

arms as (
    select
        campaign_id,
        arm,
        customers,
        cast(change as double) / customers as mean_change,
        {{ variance_of('squared_change', 'change', 'customers') }} as variance
    from totals
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
)

select
    against_control.campaign_id,
    max(matched.objective) as objective,
    max(matched.starts_on) as starts_on,
    max(against_control.touched) as touched,
    sum(matched.customers) as matched,
    sum(matched.peers) as peers,
    sum(matched.revenue_before) as revenue_before,
    sum(matched.revenue_after) as revenue_after,
    {{ rounded('sum(matched.customers * matched.effect) / sum(matched.customers)', 6) }} as effect,
    {{ rounded(
        'sum(matched.customers * matched.customers * matched.variance) / (sum(matched.customers) * sum(matched.customers))', 6
    ) }} as variance,
    max(against_control.controls) as controls,
    {{ rounded('max(against_control.effect)', 6) }} as control_effect,
    {{ rounded('max(against_control.variance)', 6) }} as control_variance
from against_control
inner join matched on against_control.campaign_id = matched.campaign_id
group by against_control.campaign_id
