-- One row per buyer and indicator behind their value index, at the two latest as-of dates: score, weight and points.
{%- set indicators = value_indicators() %}
{{ config(
    materialized=kept(), pre_hook="{{ forget_stale('as_of_date') }}", post_hook="{{ forget_all_but_latest(2) }}"
) }}
with buyers as (
    select
        scores.*
        {%- for dimension in value_dimensions() %},
        totals.{{ dimension }}_score,
        totals.{{ dimension }}_points,
        {{ known_weight(indicators, dimension) }} as {{ dimension }}_known
        {%- endfor %}
    from {{ ref('int_value__scores') }} as scores
    inner join {{ ref('value_index') }} as totals
        on scores.customer_id = totals.customer_id and scores.as_of_date = totals.as_of_date
    where scores.as_of_date in ({{ latest_dates(2) }}) and {{ only_stale('scores.as_of_date') }} and {{ only_stale('totals.as_of_date') }}
),

weighed as (
    {%- for one in indicators %}
    select
        customer_id,
        as_of_date,
        '{{ one['dimension'] }}' as dimension,
        '{{ one['indicator'] }}' as indicator,
        '{{ one['better'] }}' as better,
        cast({{ one['indicator'] }} as double) as score,
        cast({{ one['weight'] }} as double) as weight,
        cast({{ one['indicator_weight'] }} as double) as indicator_weight,
        {{ one['dimension'] }}_score as dimension_score,
        {{ one['dimension'] }}_points as dimension_points,
        {{ one['dimension'] }}_known as known_weight
    from buyers
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select
        customer_id, as_of_date, cast(null as string) as dimension, cast(null as string) as indicator,
        cast(null as string) as better, cast(null as double) as score, cast(null as double) as weight,
        cast(null as double) as indicator_weight, cast(null as double) as dimension_score,
        cast(null as double) as dimension_points, cast(null as double) as known_weight
    from buyers
    where false
    {%- endfor %}
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
