-- What became in the three months that end at a month-end of customers in a cell of tier, stage and region: counted by
-- who owned them when the quarter began (null: nobody).
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates('groups') }}") }}
with standing as (
    select
        lives.customer_id,
        lives.as_of_date,
        {{ month_end(add_months('lives.as_of_date', 3)) }} as quarter_ends_on,
        lives.stage,
        tiers.tier,
        tiers.tier_level
    from {{ ref('lifecycle_stage') }} as lives
    inner join {{ ref('customer_tiers') }} as tiers
        on lives.customer_id = tiers.customer_id and lives.as_of_date = tiers.as_of_date
    where lives.is_month_end
        {%- if only_stale_is_made() %}
        and lives.as_of_date >= {{ add_months(stale_from('groups'), -4) }}
        {%- endif %}
)

select
    ended.as_of_date,
    held.manager_id,
    began.tier,
    began.stage,
    coalesce(customers.region, 'unknown') as region,
    count(*) as customers,
    sum(case when ended.stage = 'lost' then 1 else 0 end) as lost,
    sum(case when ended.tier_level < began.tier_level then 1 else 0 end) as upgraded,
    {{ money('sum(coalesce(metrics.net_revenue_3m, 0))') }} as revenue,
    {%- set revenue = 'cast(coalesce(metrics.net_revenue_3m, 0) as decimal(18, 2))' %}
    sum({{ product(revenue, revenue, 2) }}) as revenue_squares
from standing as began
inner join standing as ended
    on began.customer_id = ended.customer_id and began.quarter_ends_on = ended.as_of_date
inner join {{ ref('dim_customer') }} as customers on began.customer_id = customers.customer_id
inner join {{ ref('customer_metrics') }} as metrics
    on ended.customer_id = metrics.customer_id and ended.as_of_date = metrics.as_of_date
left join {{ ref('int_managers__held') }} as held
    on began.customer_id = held.customer_id and began.as_of_date = held.as_of_date and held.role = 'owner'
where began.stage not in ('prospect', 'lost') and {{ only_stale('ended.as_of_date', 'groups') }}
group by ended.as_of_date, held.manager_id, began.tier, began.stage, coalesce(customers.region, 'unknown')
