-- What customers are worth over what winning them cost, by channel, campaign, tier and month of the first purchase.
with judged as (
    select
        group_kind,
        group_value,
        count(*) as customers,
        count(remaining_value) as valued_customers,
        count(acquisition_cost) as costed_customers,
        sum(acquisition_cost) as acquisition_cost,
        sum(realised_margin) as realised_margin,
        sum(remaining_value) as remaining_value
    from {{ ref('int_acquisition__groups') }}
    group by group_kind, group_value
),

figures as (
    select
        judged.*,
        cast(acquisition_cost as double) / nullif(costed_customers, 0) as cac,
        cast(realised_margin as double) / customers as realised,
        cast(remaining_value as double) / nullif(valued_customers, 0) as remaining,
        case
            when judged.group_kind = 'tier' and tiers.level <= settings.high_value_tiers then settings.high_value_ratio
            else settings.minimum_ratio
        end as minimum_ratio
    from judged
    left join {{ source('policy', 'tiers') }} as tiers
        on judged.group_kind = 'tier' and judged.group_value = tiers.tier
    cross join {{ source('policy', 'acquisition_settings') }} as settings
),

paid_back as (
    select figures.group_kind, figures.group_value, min(payback.months) as payback_months
    from figures
    inner join {{ ref('int_acquisition__payback') }} as payback
        on figures.group_kind = payback.group_kind and figures.group_value = payback.group_value
    where payback.margin_so_far >= {{ rounded('figures.cac', 6) }}
    group by figures.group_kind, figures.group_value
)

select
    {{ current_build('as_of_date') }} as as_of_date,
    figures.group_kind,
    figures.group_value,
    figures.customers,
    figures.costed_customers,
    {{ money('figures.acquisition_cost') }} as acquisition_cost,
    {{ money('figures.cac') }} as cac,
    {{ money('figures.realised') }} as realised_margin,
    {{ money('figures.remaining') }} as remaining_value,
    {{ money('figures.realised + figures.remaining') }} as ltv,
    {{ rounded('(figures.realised + figures.remaining) / nullif(figures.cac, 0)', 6) }} as ltv_cac,
    figures.minimum_ratio,
    {{ rounded('(figures.realised + figures.remaining) / nullif(figures.cac, 0)', 6) }} < figures.minimum_ratio
        as is_under_minimum,
    paid_back.payback_months,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from figures
left join paid_back on figures.group_kind = paid_back.group_kind and figures.group_value = paid_back.group_value
