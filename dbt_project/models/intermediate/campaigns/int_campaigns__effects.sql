-- What each campaign did to a customer whom it treated, by measure: the difference of means between treated and compared,
-- less what the time before explains (theta, in randomised designs), over cells weighted by the treated. Its error is
-- Welch's. Deng, Xu, Kohavi, Walker (2013), "Improving the sensitivity of online controlled experiments by utilizing
-- pre-experiment data".
with arms as (
    select
        *,
        cast(outcome as double) / customers as mean_outcome,
        cast(covariate as double) / customers as mean_covariate,
        greatest(cast(squared_outcome as double) - cast(outcome as double) * cast(outcome as double) / customers, 0) as zz,
        greatest(cast(squared_covariate as double) - cast(covariate as double) * cast(covariate as double) / customers, 0) as xx,
        cast(product as double) - cast(outcome as double) * cast(covariate as double) / customers as zx
    from {{ ref('int_campaigns__sums') }}
),

pairs as (
    select
        treated.campaign_id,
        treated.measure,
        cast(treated.customers as double) as treated,
        cast(others.customers as double) as others,
        treated.mean_outcome - others.mean_outcome as difference,
        treated.mean_covariate - others.mean_covariate as difference_before,
        case when windows.design = 'randomised'
            then coalesce((treated.zx + others.zx) / nullif(treated.xx + others.xx, 0), 0) else 0
        end as theta,
        treated.zz, treated.zx, treated.xx, treated.covariate, treated.squared_covariate,
        others.zz as others_zz, others.zx as others_zx, others.xx as others_xx
    from arms as treated
    inner join arms as others
        on treated.campaign_id = others.campaign_id and treated.measure = others.measure and treated.cell = others.cell
    inner join {{ ref('int_campaigns__windows') }} as windows on treated.campaign_id = windows.campaign_id
    where treated.arm = 'treated' and others.arm = 'comparison' and treated.customers >= 2 and others.customers >= 2
),

cells as (
    select
        *,
        difference - theta * difference_before as effect,
        greatest(zz - 2 * theta * zx + theta * theta * xx, 0) / (treated - 1) / treated as variance,
        greatest(others_zz - 2 * theta * others_zx + theta * theta * others_xx, 0) / (others - 1) / others as others_variance
    from pairs
)

select
    campaign_id,
    measure,
    cast(sum(treated) as bigint) as compared_treated,
    cast(sum(others) as bigint) as compared_others,
    {{ rounded('cast(' ~ exact_sum('treated * effect') ~ ' as double) / sum(treated)', 6) }} as effect,
    {{ rounded(
        'cast(' ~ exact_sum('treated * treated * (variance + others_variance)') ~ ' as double) / (sum(treated) * sum(treated))', 9
    ) }} as variance,
    {{ rounded(
        'case when count(*) = 1 then max((variance + others_variance) * (variance + others_variance)
            / nullif(variance * variance / (treated - 1) + others_variance * others_variance / (others - 1), 0))
        else sum(treated) + sum(others) - 2 * count(*) end', 3
    ) }} as degrees,
    {{ rounded(
        'cast(' ~ exact_sum('treated * difference_before') ~ ' as double) / sum(treated)
        / nullif(sqrt(' ~ variance_of('sum(squared_covariate)', 'sum(covariate)', 'sum(treated)') ~ '), 0)', 6
    ) }} as imbalance
from cells
group by campaign_id, measure
