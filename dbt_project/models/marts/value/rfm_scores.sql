-- Recency, frequency and monetary scores of everyone who has ever bought, at every as-of date.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with buyers as (
    select
        metrics.customer_id,
        metrics.as_of_date,
        {{ metric_value('settings.recency_metric', 'metrics') }} as recency_value,
        {{ metric_value('settings.frequency_metric', 'metrics') }} as frequency_value,
        {{ metric_value('settings.monetary_metric', 'metrics') }} as monetary_value
    from {{ ref('customer_metrics') }} as metrics
    cross join {{ source('policy', 'rfm_settings') }} as settings
    where metrics.orders_lifetime > 0 and {{ only_stale('metrics.as_of_date') }}
),

ranked as (
    select
        *,
        count(*) over (partition by as_of_date) as buyers,
        rank() over (partition by as_of_date order by recency_value nulls last) as recency_rank,
        rank() over (partition by as_of_date order by coalesce(frequency_value, 0)) as frequency_rank,
        rank() over (partition by as_of_date order by coalesce(monetary_value, 0)) as monetary_rank
    from buyers
),

scored as (
    select
        *,
        6 - ({{ quintile('recency_rank', 'buyers') }}) as r_score,
        {{ quintile('frequency_rank', 'buyers') }} as f_score,
        {{ quintile('monetary_rank', 'buyers') }} as m_score
    from ranked
),

matched as (
    select
        scored.*,
        segments.segment,
        segments.segment_zh,
        row_number() over (partition by scored.customer_id, scored.as_of_date order by segments.position) as choice
    from scored
    left join {{ source('policy', 'rfm_segments') }} as segments
        on scored.r_score between segments.r_from and segments.r_to
        and scored.f_score between segments.f_from and segments.f_to
        and scored.m_score between segments.m_from and segments.m_to
)

select
    customer_id,
    as_of_date,
    recency_value,
    frequency_value,
    monetary_value,
    cast(r_score as integer) as r_score,
    cast(f_score as integer) as f_score,
    cast(m_score as integer) as m_score,
    cast(r_score as string) || cast(f_score as string) || cast(m_score as string) as rfm_score,
    cast(r_score + f_score + m_score as integer) as rfm_total,
    segment,
    segment_zh,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from matched
where choice = 1
