-- What campaigns did to revenue: touched customers before and after, less the same of untouched peers in the same cell of
-- tier, stage, revenue band and region, and of the control group where one was held back; of each campaign, and of each
-- objective over its campaigns.
with effects as (
    select * from {{ ref('int_growth__effects') }}
),

beside_control as (
    select *, case when control_variance is not null then touched end as compared from effects where objective is not null
),

units as (
    select 'campaign' as unit_kind, campaign_id as unit_id, 1 as campaigns, effects.* from effects
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
        sum(compared * control_effect) / nullif(sum(compared), 0),
        sum(compared * compared * control_variance) / nullif(sum(compared) * sum(compared), 0)
    from beside_control
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
