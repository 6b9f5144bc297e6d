-- What everyone who has ever bought is worth at every as-of date, 0 to 100: three dimensions of indicators, weighed by
-- the judgements of the policy. What is unknown is left out, and the weights of the rest grow to make up for it.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
{%- set indicators = value_indicators() %}
{%- set dimensions = {} %}
{%- for one in indicators %}{% do dimensions.setdefault(one['dimension'], one['dimension_weight']) %}{% endfor %}
with scored as (
    select
        customer_id,
        as_of_date,
        model_version
        {%- for dimension in value_dimensions() %},
        {{ ratio(weighted_sum(indicators, dimension), known_weight(indicators, dimension)) }} as {{ dimension }}_score
        {%- endfor %},
        0
        {%- for one in indicators %}
        + case when {{ one['indicator'] }} is null then 0 else {{ one['weight'] }} end
        {%- endfor %} as known_share,
        ''
        {%- for one in indicators %}
        || case when {{ one['indicator'] }} is null then ' {{ one['indicator'] }}' else '' end
        {%- endfor %} as unknown
    from {{ ref('int_value__scores') }}
    where {{ only_stale('as_of_date') }}
),

weighed as (
    select
        *,
        nullif(0
        {%- for dimension in value_dimensions() %}
        + case when {{ dimension }}_score is null then 0 else {{ dimensions.get(dimension, 0) }} end
        {%- endfor %}, 0) as known_dimensions
    from scored
),

contributed as (
    select
        *
        {%- for dimension in value_dimensions() %},
        {{ rounded('100 * ' ~ dimensions.get(dimension, 0) ~ ' * ' ~ dimension ~ '_score / known_dimensions', 6) }}
            as {{ dimension }}_points
        {%- endfor %}
    from weighed
),

indexed as (
    select
        *,
        case when known_dimensions is not null then
            {{ rounded('coalesce(current_points, 0) + coalesce(potential_points, 0) + coalesce(relationship_points, 0)', 4) }}
        end as value_index
    from contributed
)

select
    customer_id,
    as_of_date,
    cast(value_index as double) as value_index,
    cast(case when value_index is not null then
        rank() over (partition by as_of_date order by value_index desc nulls last)
    end as bigint) as value_rank
    {%- for dimension in value_dimensions() %},
    {{ dimension }}_score
    {%- endfor %}
    {%- for dimension in value_dimensions() %},
    cast({{ dimension }}_points as double) as {{ dimension }}_points
    {%- endfor %},
    {{ rounded('cast(known_share as double)', 6) }} as known_share,
    nullif(trim(unknown), '') as unknown_indicators,
    model_version,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from indexed
