-- What a campaign is expected to bring of margin a customer: campaigns differ from each other by more than chance (tau, by
-- DerSimonian and Laird 1986, with weights by size), and few that are alike are drawn to the average of all. The interval
-- is that of one further campaign (Higgins, Thompson, Spiegelhalter 2009, eq. 12).
with sizes as (
    select
        plan_kind,
        plan_id,
        count(*) as campaigns,
        cast(sum(spread) as double) / count(*) as spread,
        cast(sum(size) as double) as size,
        cast(sum({{ product('size', 'size', 6) }}) as double) as squared_size,
        cast(sum({{ product('size', 'effect', 6) }}) as double) / cast(sum(size) as double) as mean
    from {{ ref('int_campaigns__comparable') }}
    group by plan_kind, plan_id
),

apart as (
    select
        pairs.plan_kind,
        pairs.plan_id,
        cast(sum(cast({{ rounded('pairs.size * (pairs.effect - sizes.mean) * (pairs.effect - sizes.mean)', 6) }}
            as decimal(38, 6))) as double) as distance
    from {{ ref('int_campaigns__comparable') }} as pairs
    inner join sizes on pairs.plan_kind = sizes.plan_kind and pairs.plan_id = sizes.plan_id
    group by pairs.plan_kind, pairs.plan_id
),

{# Variance between campaigns, as a multiple of the spread within. -#}
between_campaigns as (
    select
        sizes.*,
        case when sizes.spread > 0 then coalesce(greatest(
            (apart.distance / sizes.spread - (sizes.campaigns - 1)) / nullif(sizes.size - sizes.squared_size / sizes.size, 0), 0
        ), 0) else 0 end as tau
    from sizes
    inner join apart on sizes.plan_kind = apart.plan_kind and sizes.plan_id = apart.plan_id
),

weighted as (
    select
        pairs.*,
        totals.campaigns,
        totals.spread as mean_spread,
        totals.tau,
        cast({{ rounded('1 / (1 / cast(pairs.size as double) + totals.tau)', 6) }} as decimal(18, 6)) as weight
    from {{ ref('int_campaigns__comparable') }} as pairs
    inner join between_campaigns as totals on pairs.plan_kind = totals.plan_kind and pairs.plan_id = totals.plan_id
),

pooled as (
    select
        plan_kind,
        plan_id,
        max(campaigns) as campaigns,
        count(case when is_alike then 1 end) as alike,
        max(case when is_alike then likeness end) as likeness,
        max(mean_spread) as spread,
        max(tau) as tau,
        {%- for name, rows in {'all': 'true', 'alike': 'is_alike'}.items() %}
        cast(sum(case when {{ rows }} then {{ product('weight', 'effect', 6) }} end) as double)
            / nullif(cast(sum(case when {{ rows }} then weight end) as double), 0) as effect_of_{{ name }},
        max(mean_spread) / nullif(cast(sum(case when {{ rows }} then weight end) as double), 0) as variance_of_{{ name }},
        {{ ratio('sum(case when ' ~ rows ~ ' then treated end)', 'sum(case when ' ~ rows ~ ' then buyers end)') }}
            as contact_share_of_{{ name }},
        {{ ratio('sum(case when ' ~ rows ~ ' then cost end)', 'sum(case when ' ~ rows ~ ' and cost is not null then treated end)') }}
            as cost_per_contact_of_{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from weighted
    group by plan_kind, plan_id
),

drawn as (
    select
        pooled.*,
        cast(alike as double) / nullif(alike + settings.shrinkage, 0) as own_weight,
        settings.minimum_comparable,
        settings.interval_z
    from pooled
    cross join {{ source('policy', 'campaign_settings') }} as settings
)

select
    plan_kind,
    plan_id,
    campaigns,
    alike,
    case when alike > 0 then likeness else 0 end as likeness,
    coalesce(contact_share_of_alike, contact_share_of_all) as contact_share,
    coalesce(cost_per_contact_of_alike, cost_per_contact_of_all) as cost_per_contact,
    {%- set weight = 'coalesce(own_weight, 0)' %}
    case when campaigns >= minimum_comparable then {{ rounded(
        weight ~ ' * coalesce(effect_of_alike, 0) + (1 - ' ~ weight ~ ') * effect_of_all', 6
    ) }} end as effect,
    case when campaigns >= minimum_comparable then {{ rounded(
        'sqrt(' ~ weight ~ ' * ' ~ weight ~ ' * coalesce(variance_of_alike, 0) + (1 - ' ~ weight ~ ') * (1 - ' ~ weight
        ~ ') * variance_of_all + tau * spread)', 6
    ) }} end as error,
    {{ t_quantile('interval_z', '(campaigns - 2)') }} as times
from drawn
