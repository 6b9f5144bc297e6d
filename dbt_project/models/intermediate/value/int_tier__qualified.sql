-- The tier that everyone who has ever bought earns at a date by that date alone.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with measured as (
    select
        metrics.customer_id,
        metrics.as_of_date,
        metrics.is_month_end,
        metrics.is_current,
        settings.metric,
        settings.fallback_metric,
        {% set scored = {'clv_12m': 'clv.clv_12m', 'rfm_total': 'rfm.rfm_total', 'rfm_score': 'rfm.rfm_score',
            'value_index': 'index.value_index', 'growth_points': 'growth.growth_points'} -%}
        {{ metric_value('settings.metric', 'metrics', scored) }} as chosen_value,
        {{ metric_value('settings.fallback_metric', 'metrics', scored) }} as fallback_value,
        clv.model_version as clv_version,
        index.model_version as index_version
    from {{ ref('customer_metrics') }} as metrics
    cross join {{ source('policy', 'tier_settings') }} as settings
    left join {{ ref('rfm_scores') }} as rfm
        on metrics.customer_id = rfm.customer_id and metrics.as_of_date = rfm.as_of_date
    left join {{ ref('value_index') }} as index
        on metrics.customer_id = index.customer_id and metrics.as_of_date = index.as_of_date
    left join {{ ref('int_points__growth') }} as growth
        on metrics.customer_id = growth.customer_id and metrics.as_of_date = growth.as_of_date
    left join {{ source('scores', 'clv_scores') }} as clv
        on metrics.customer_id = clv.customer_id and metrics.as_of_date = clv.as_of_date
    where metrics.orders_lifetime > 0 and {{ only_stale('metrics.as_of_date') }}
),

ranked as (
    select
        *,
        count(chosen_value) over (partition by as_of_date) as chosen_size,
        count(fallback_value) over (partition by as_of_date) as fallback_size,
        rank() over (partition by as_of_date order by chosen_value desc nulls last) as chosen_rank,
        rank() over (partition by as_of_date order by fallback_value desc nulls last) as fallback_rank
    from measured
),

decided as (
    select
        *,
        case when chosen_value is not null then metric else fallback_metric end as metric_used,
        coalesce(chosen_value, fallback_value) as metric_value,
        case when chosen_value is not null then chosen_rank else fallback_rank end as metric_rank,
        case when chosen_value is not null then chosen_size else fallback_size end as ranked_customers
    from ranked
),

earned as (
    select decided.customer_id, decided.as_of_date, min(tiers.level) as level
    from decided
    inner join {{ source('policy', 'tiers') }} as tiers
        on decided.metric_rank <= tiers.top_share * decided.ranked_customers
    where decided.metric_value > 0
    group by decided.customer_id, decided.as_of_date
)

select
    decided.customer_id,
    decided.as_of_date,
    decided.is_month_end,
    decided.is_current,
    decided.metric_used,
    decided.metric_value,
    decided.metric_rank,
    decided.ranked_customers,
    coalesce(earned.level, (select max(level) from {{ source('policy', 'tiers') }})) as level,
    case
        when metric_value is null then 'no_metric'
        when metric_value <= 0 then 'not_positive'
        when chosen_value is null then 'fallback_top_share'
        else 'top_share'
    end as rule,
    case metric_used when 'clv_12m' then clv_version when 'value_index' then index_version end as model_version
from decided
left join earned on decided.customer_id = earned.customer_id and decided.as_of_date = earned.as_of_date
