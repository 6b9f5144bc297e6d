-- One row per buyer and indicator behind their value index, at the two latest as-of dates: score, weight and points.
{%- set indicators = value_indicators() %}
with dates as (
    select as_of_date
    from {{ source('ops', 'as_of_dates') }}
    qualify row_number() over (order by as_of_date desc) <= 2
),

scores as (
    {%- for one in indicators %}
    select customer_id, as_of_date, '{{ one['indicator'] }}' as indicator, {{ one['indicator'] }} as score
    from {{ ref('int_value__scores') }}
    where as_of_date in (select as_of_date from dates)
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select cast(null as string) as customer_id, cast(null as date) as as_of_date, cast(null as string) as indicator,
        cast(null as double) as score
    from {{ ref('int_value__scores') }}
    where false
    {%- endfor %}
),

weighed as (
    select
        scores.*,
        weights.dimension,
        weights.better,
        weights.indicator_weight,
        weights.weight,
        case weights.dimension
            {%- for dimension in value_dimensions() %} when '{{ dimension }}' then totals.{{ dimension }}_score{% endfor %}
        end as dimension_score,
        case weights.dimension
            {%- for dimension in value_dimensions() %} when '{{ dimension }}' then totals.{{ dimension }}_points{% endfor %}
        end as dimension_points,
        sum(case when score is not null then cast(indicator_weight as decimal(18, 9)) end)
            over (partition by scores.customer_id, scores.as_of_date, weights.dimension) as known_weight
    from scores
    inner join {{ source('policy', 'value_index_weights') }} as weights on scores.indicator = weights.indicator
    inner join {{ ref('value_index') }} as totals
        on scores.customer_id = totals.customer_id and scores.as_of_date = totals.as_of_date
)

select
    customer_id,
    as_of_date,
    dimension,
    indicator,
    better,
    score,
    weight,
    {# A dimension whose score is zero has no points to share. -#}
    case
        when score is null then null
        when dimension_score = 0 then 0
        else {{ rounded('dimension_points * indicator_weight * score / (cast(known_weight as double) * dimension_score)', 4) }}
    end as points,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from weighed
