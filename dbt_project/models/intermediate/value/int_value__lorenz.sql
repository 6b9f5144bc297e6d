-- What the lowest n per cent of customers bring, per as-of date and measure, with what Gini's coefficient needs.
-- A share of customers that is no whole number takes that fraction of the next customer, as a Lorenz curve does.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
{%- set measures = concentration_measures() %}
with measured as (
    {%- for one in measures %}
    select '{{ one['measure'] }}' as measure, as_of_date, {{ money(one['metric']) }} as amount
    from {{ ref('customer_metrics') }}
    where orders_12m > 0 and {{ one['metric'] }} is not null and {{ only_stale('as_of_date') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select cast(null as string) as measure, as_of_date, {{ money('null') }} as amount
    from {{ ref('customer_metrics') }}
    where false
    {%- endfor %}
),

{# Equal amounts may stand in any order: their sums up to any place are the same. -#}
ordered as (
    select
        *,
        row_number() over (partition by measure, as_of_date order by amount) as place,
        sum(amount) over (
            partition by measure, as_of_date order by amount rows between unbounded preceding and current row
        ) as cumulated
    from measured
),

totals as (
    select
        measure,
        as_of_date,
        count(*) as customers,
        sum(amount) as total,
        sum({{ product('place', 'amount', 0) }}) as placed_total,
        count(*) filter (where amount < 0) as negative_customers,
        sum(amount) filter (where amount < 0) as negative_total
    from ordered
    group by measure, as_of_date
),

points as (
    select
        totals.*,
        percents.percent,
        cast(ceil(cast(percents.percent * totals.customers as double) / 100) as bigint) as last_place
    from totals
    cross join (
        {%- for percent in lorenz_percents() %}
        select {{ percent }} as percent{{ ' union all' if not loop.last }}
        {%- endfor %}
    ) as percents
)

select
    points.measure,
    points.as_of_date,
    points.percent,
    points.customers,
    {{ money('points.total') }} as total,
    cast(points.placed_total as double) as placed_total,
    points.negative_customers,
    {{ money('coalesce(points.negative_total, 0)') }} as negative_total,
    {# All customers up to the last one, less the part of the last one that is beyond the share. -#}
    case when points.percent = 0 then 0 else {{ rounded(
        'cast(ordered.cumulated as double) - cast(ordered.amount as double)
        * (points.last_place - cast(points.percent * points.customers as double) / 100)', 8
    ) }} end as amount
from points
left join ordered
    on points.measure = ordered.measure and points.as_of_date = ordered.as_of_date
    and points.last_place = ordered.place
