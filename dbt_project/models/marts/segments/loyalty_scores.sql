-- How loyal everyone who has ever bought is at every as-of date, 0 to 100, with the points of each part of the policy. What
-- is unknown is left out, and the weights of the rest grow to make up for it.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
{%- set parts = loyalty_parts() %}
with scored as (
    select
        customer_id,
        as_of_date
        {%- for one in parts %},
        {%- set way = one['best'] - one['worst'] %}
        {%- set place = "(cast(" ~ one["metric"] ~ " as double) - " ~ one["worst"] ~ ") / (" ~ way ~ ")" %}
        {{ clipped(place, "0.0", "1.0") }} as {{ one["part"] }}
        {%- endfor %}
    from {{ ref('customer_metrics') }}
    where orders_lifetime > 0 and {{ only_stale('as_of_date') }}
),

known as (
    select
        *,
        {{ rounded('cast(0' ~ known_parts(parts) ~ ' as double)', 6) }} as known_share,
        ''
        {%- for one in parts %}
        || case when {{ one['part'] }} is null then ' {{ one['part'] }}' else '' end
        {%- endfor %} as unknown
    from scored
),

weighed as (
    select
        known.*,
        known_share >= settings.minimum_known and known_share > 0 as is_known
        {%- for one in parts %},
        case when known_share >= settings.minimum_known and known_share > 0 then
            {{ rounded('100 * ' ~ one['weight'] ~ ' * ' ~ one['part'] ~ ' / known_share', 4) }}
        end as {{ one['part'] }}_points
        {%- endfor %}
    from known
    cross join {{ source('policy', 'loyalty_settings') }} as settings
),

summed as (
    select
        *,
        case when is_known then
            {{ rounded('cast(0' ~ sum_of_points(parts) ~ ' as double)', 4) }}
        end as loyalty_score
    from weighed
)

select
    summed.customer_id,
    summed.as_of_date,
    summed.loyalty_score,
    levels.level as loyalty_level,
    levels.level_en as loyalty_level_en,
    levels.level_zh as loyalty_level_zh
    {%- for name in loyalty_part_names() %},
    cast({{ name ~ '_points' if name in parts | map(attribute='part') else 'null' }} as double) as {{ name }}_points
    {%- endfor %},
    summed.known_share,
    nullif(trim(summed.unknown), '') as unknown_parts,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from summed
left join (
    select *, lag(at_least) over (order by position) as below from {{ source('policy', 'loyalty_levels') }}
) as levels
    on summed.loyalty_score >= levels.at_least and (levels.below is null or summed.loyalty_score < levels.below)
