-- Whom a manager looks after at a month-end, and their share of what these are expected to bring, beside that of others of
-- the same tier, stage and region.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates('groups') }}") }}
with held as (
    select
        held.*,
        max(case when role = 'owner' then 1 else 0 end) over of_customer as has_owner,
        sum(case when role = 'support' then 1 else 0 end) over of_customer as supporters
    from {{ ref('int_managers__held') }} as held
    where {{ only_stale('as_of_date', 'groups') }}
    window of_customer as (partition by customer_id, as_of_date)
),

valued as (
    select
        scores.customer_id,
        scores.as_of_date,
        tiers.tier,
        lives.stage,
        coalesce(customers.region, 'unknown') as region,
        cast(scores.clv_12m as decimal(18, 2)) as clv
    from {{ ref('clv_scores') }} as scores
    inner join {{ ref('customer_tiers') }} as tiers
        on scores.customer_id = tiers.customer_id and scores.as_of_date = tiers.as_of_date
    inner join {{ ref('lifecycle_stage') }} as lives
        on scores.customer_id = lives.customer_id and scores.as_of_date = lives.as_of_date
    inner join {{ ref('dim_customer') }} as customers on scores.customer_id = customers.customer_id
    where scores.clv_12m is not null and tiers.is_month_end and {{ only_stale('scores.as_of_date', 'groups') }}
),

cells as (
    select
        as_of_date, tier, stage, region,
        count(*) as customers, sum(clv) as clv, sum({{ product('clv', 'clv', 2) }}) as squares
    from valued
    group by as_of_date, tier, stage, region
),

expected as (
    {{ of_cell_or_group('cells', ['as_of_date', 'tier', 'stage'], ['region'], {
        'mean_clv': ('clv', 'customers'), 'variance': ('squares', 'clv', 'customers')
    }) }}
),

shares as (
    select
        held.*,
        case
            when supporters = 0 or has_owner = 0 then cast(1 as double) / greatest(supporters, 1)
            when role = 'owner' then 1 - settings.support_share
            else settings.support_share / supporters
        end as share
    from held
    cross join {{ source('policy', 'manager_settings') }} as settings
)

select
    shares.manager_id,
    shares.as_of_date,
    count(case when shares.role = 'owner' then 1 end) as customers,
    count(case when shares.role = 'support' then 1 end) as supported_customers,
    {{ money("sum(case when shares.role = 'owner' then metrics.net_revenue_12m end)") }} as net_revenue_12m,
    {{ money("sum(case when shares.role = 'owner' then metrics.gross_margin_12m end)") }} as gross_margin_12m,
    count(valued.clv) as valued_customers,
    {{ money('sum(' ~ money(rounded('shares.share * valued.clv', 4)) ~ ')') }} as shared_ltv,
    {{ money('sum(' ~ money(rounded('shares.share * expected.mean_clv', 4)) ~ ')') }} as expected_ltv,
    sum(cast({{ rounded('shares.share * shares.share * expected.variance', 4) }} as decimal(28, 4))) as variance
from shares
inner join {{ source('ops', 'as_of_dates') }} as dates on shares.as_of_date = dates.as_of_date and dates.is_month_end
left join {{ ref('customer_metrics') }} as metrics
    on shares.customer_id = metrics.customer_id and shares.as_of_date = metrics.as_of_date
left join valued on shares.customer_id = valued.customer_id and shares.as_of_date = valued.as_of_date
left join expected
    on valued.as_of_date = expected.as_of_date
    and valued.tier = expected.tier
    and valued.stage = expected.stage
    and valued.region = expected.region
group by shares.manager_id, shares.as_of_date
