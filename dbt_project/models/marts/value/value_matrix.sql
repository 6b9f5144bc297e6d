-- The quadrant of everyone who has ever bought at every as-of date, by value today and potential, and how they moved.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with measured as (
    select
        metrics.customer_id,
        metrics.as_of_date,
        metrics.is_month_end,
        metrics.is_current,
        settings.*,
        {% set beside = {'clv_12m': 'clv.clv_12m', 'value_index': 'index.value_index', 'current_score': 'index.current_score',
            'potential_score': 'index.potential_score', 'relationship_score': 'index.relationship_score'} -%}
        {{ metric_value('settings.value_metric', 'metrics', beside) }} as value,
        {{ metric_value('settings.potential_metric', 'metrics', beside) }} as potential
    from {{ ref('customer_metrics') }} as metrics
    cross join {{ source('policy', 'value_matrix_settings') }} as settings
    left join {{ ref('value_index') }} as index
        on metrics.customer_id = index.customer_id and metrics.as_of_date = index.as_of_date
    left join {{ source('scores', 'clv_scores') }} as clv
        on metrics.customer_id = clv.customer_id and metrics.as_of_date = clv.as_of_date
    where metrics.orders_lifetime > 0 and {{ only_stale('metrics.as_of_date') }}
),

ranked as (
    select
        *,
        rank() over (partition by as_of_date order by value desc nulls last) as value_rank,
        rank() over (partition by as_of_date order by potential desc nulls last) as potential_rank,
        count(value) over (partition by as_of_date) as known_values,
        count(potential) over (partition by as_of_date) as known_potentials
    from measured
),

judged as (
    select
        *,
        case when value is not null then value > 0 and value_rank <= value_top_share * known_values end as value_is_high,
        case when potential is not null then potential > 0 and potential_rank <= potential_top_share * known_potentials end
            as potential_is_high
    from ranked
),

placed as (
    select judged.*, quadrants.quadrant, quadrants.quadrant_zh
    from judged
    left join {{ source('policy', 'value_matrix_quadrants') }} as quadrants
        on judged.value_is_high = quadrants.value_is_high and judged.potential_is_high = quadrants.potential_is_high
),

moved as (
    select
        placed.*,
        {% if only_stale_is_made() %}kept.quadrant_since{% else %}cast(null as date){% endif %} as kept_since,
        {{ formerly('placed.quadrant', 'life', 'quadrant') }} as previous_quadrant
    from placed
    {%- if only_stale_is_made() %}
    left join {{ this }} as kept on placed.customer_id = kept.customer_id and kept.as_of_date = {{ kept_until() }}
    {%- endif %}
    window life as (partition by placed.customer_id order by placed.as_of_date)
),

turned as (
    select *, case when previous_quadrant is null or previous_quadrant <> quadrant then as_of_date end as turned_on
    from moved
)

select
    customer_id,
    as_of_date,
    is_month_end,
    is_current,
    value_metric,
    value,
    cast(case when value is not null then value_rank end as bigint) as value_rank,
    value_is_high,
    potential_metric,
    potential,
    cast(case when potential is not null then potential_rank end as bigint) as potential_rank,
    potential_is_high,
    quadrant,
    quadrant_zh,
    previous_quadrant,
    case
        when quadrant is null then 'unknown'
        when previous_quadrant is null then 'entered'
        when previous_quadrant = quadrant then 'stayed'
        else 'moved'
    end as move,
    case when quadrant is not null then
        coalesce({{ so_far('max', 'turned_on', 'life') }}, kept_since)
    end as quadrant_since,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from turned
window life as (partition by customer_id order by as_of_date)
