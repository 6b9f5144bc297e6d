-- What the segments of the current date are like, how well they tell lifecycle stages apart, and how often those who were
-- in a segment a year before have moved up a tier since.
with members as (
    select * from {{ ref('int_segments__members') }}
),

sizes as (
    select
        segment_no,
        count(*) as customers,
        {{ ratio('count(*)', 'sum(count(*)) over ()') }} as share_of_customers,
        {{ ratio('sum(net_revenue_12m)', 'sum(sum(net_revenue_12m)) over ()') }} as share_of_revenue_12m,
        {%- for metric in ['recency_days', 'tenure_days', 'orders_12m', 'net_revenue_12m', 'average_order_value',
            'categories_12m', 'discount_share_12m'] %}
        {{ ratio(exact_sum(metric), 'count(' ~ metric ~ ')', 4) }} as mean_{{ metric }}{{ ',' if not loop.last }}
        {%- endfor %}
    from members
    group by segment_no
),

stages as (
    select
        segment_no,
        max_by(stage, customers * 1000 - place) as main_stage,
        {{ ratio('max(customers)', 'sum(customers)') }} as main_stage_share
    from (
        select
            segment_no,
            stage,
            count(*) as customers,
            row_number() over (partition by segment_no order by stage) as place
        from members
        where stage is not null
        group by segment_no, stage
    ) as counted
    group by segment_no
),

regraded as (
    select
        segment_no_12m_before as segment_no,
        count(is_upgraded) as customers_12m_before,
        {{ ratio('sum(case when segment_no = segment_no_12m_before then 1 else 0 end)', 'count(*)') }} as stayed_share_12m,
        {{ ratio('sum(is_upgraded)', 'count(is_upgraded)') }} as upgraded_share_12m,
        {{ ratio('sum(is_downgraded)', 'count(is_downgraded)') }} as downgraded_share_12m,
        {{ ratio(
            'sum(is_upgraded) * sum(count(is_upgraded)) over ()', 'count(is_upgraded) * sum(sum(is_upgraded)) over ()'
        ) }} as upgrade_lift
    from members
    where segment_no_12m_before is not null
    group by segment_no_12m_before
)

select
    names.as_of_date,
    names.segment_no,
    names.segment_en,
    names.segment_zh,
    names.traits_en,
    names.traits_zh,
    cast(coalesce(sizes.customers, 0) as bigint) as customers,
    coalesce(sizes.share_of_customers, 0) as share_of_customers,
    sizes.share_of_revenue_12m,
    sizes.mean_recency_days,
    sizes.mean_tenure_days,
    sizes.mean_orders_12m,
    sizes.mean_net_revenue_12m,
    sizes.mean_average_order_value,
    sizes.mean_categories_12m,
    sizes.mean_discount_share_12m,
    stages.main_stage,
    stages.main_stage_share,
    by_stage.cramers_v as stage_separation,
    cast(coalesce(regraded.customers_12m_before, 0) as bigint) as customers_12m_before,
    regraded.stayed_share_12m,
    regraded.upgraded_share_12m,
    regraded.downgraded_share_12m,
    regraded.upgrade_lift,
    by_upgrade.cramers_v as upgrade_separation,
    names.model_name,
    names.model_version,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'segment_names') }} as names
left join sizes on names.segment_no = sizes.segment_no
left join stages on names.segment_no = stages.segment_no
left join regraded on names.segment_no = regraded.segment_no
cross join ({{ cramers_v('members', 'segment_no', 'stage') }}) as by_stage
cross join ({{ cramers_v('members', 'segment_no_12m_before', 'is_upgraded') }}) as by_upgrade
where names.as_of_date = {{ current_build('as_of_date') }}
