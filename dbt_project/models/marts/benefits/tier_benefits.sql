-- What each tier gives, and how many customers hold it at the current date.
with holders as (
    select tier, count(*) as customers
    from {{ ref('customer_tiers') }}
    where is_current
    group by tier
)

select
    tiers.tier,
    tiers.tier_zh,
    tiers.level as tier_level,
    benefits.position,
    benefits.benefit,
    benefits.benefit_en,
    benefits.benefit_zh,
    benefits.value_number,
    benefits.unit,
    benefits.is_given,
    case when benefits.is_given then coalesce(holders.customers, 0) else 0 end as customers,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('policy', 'tiers') }} as tiers
inner join {{ source('policy', 'tier_benefits') }} as benefits on tiers.tier = benefits.tier
left join holders on tiers.tier = holders.tier
