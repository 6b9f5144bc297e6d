-- How many customers each scenario audience holds, and how many any two share: an audience beside itself is its count.
with sizes as (
    select
        audience,
        count(*) as customers,
        count(case when is_reachable then 1 end) as reachable,
        sum(net_revenue_12m) as net_revenue_12m
    from {{ ref('scenario_audiences') }}
    group by audience
),

pairs as (
    select one.audience, other.audience as other_audience, count(*) as shared
    from {{ ref('scenario_audiences') }} as one
    inner join {{ ref('scenario_audiences') }} as other on one.customer_id = other.customer_id
    group by one.audience, other.audience
)

select
    audiences.audience,
    audiences.audience_en,
    audiences.audience_zh,
    others.audience as other_audience,
    others.audience_en as other_audience_en,
    others.audience_zh as other_audience_zh,
    coalesce(sizes.customers, 0) as customers,
    coalesce(sizes.reachable, 0) as reachable,
    {{ money('sizes.net_revenue_12m') }} as net_revenue_12m,
    coalesce(other_sizes.customers, 0) as other_customers,
    coalesce(pairs.shared, 0) as shared,
    {{ ratio('coalesce(pairs.shared, 0)', 'sizes.customers') }} as share_of_audience,
    {{ ratio('coalesce(pairs.shared, 0)', 'coalesce(sizes.customers, 0) + coalesce(other_sizes.customers, 0) - coalesce(pairs.shared, 0)') }} as likeness,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('policy', 'audiences') }} as audiences
cross join {{ source('policy', 'audiences') }} as others
left join sizes on audiences.audience = sizes.audience
left join sizes as other_sizes on others.audience = other_sizes.audience
left join pairs on audiences.audience = pairs.audience and others.audience = pairs.other_audience
