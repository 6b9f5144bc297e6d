-- How many baskets hold a thing that is frequent enough to be told of.
with counted as (
    select scope, level, item, count(*) as item_baskets
    from {{ ref('int_baskets__contents') }}
    group by scope, level, item
),

sizes as (
    select scope, level, count(*) as baskets
    from (select distinct scope, level, basket from {{ ref('int_baskets__contents') }}) as different
    group by scope, level
)

select counted.scope, counted.level, counted.item, counted.item_baskets, sizes.baskets, bars.least_baskets, bars.partners
from counted
inner join sizes on counted.scope = sizes.scope and counted.level = sizes.level
inner join (
    select
        sizes.scope,
        sizes.level,
        settings.partners,
        greatest(settings.minimum_baskets, ceil(settings.minimum_support * sizes.baskets)) as least_baskets
    from sizes
    cross join {{ source('policy', 'baskets_settings') }} as settings
) as bars on counted.scope = bars.scope and counted.level = bars.level
where counted.item_baskets >= bars.least_baskets
