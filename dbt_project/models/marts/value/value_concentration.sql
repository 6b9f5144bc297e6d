-- How far each measure is concentrated in few customers at every as-of date: shares of the top 5, 10, 20 %, and Gini.
with curves as (
    select
        as_of_date,
        measure,
        max(customers) as customers,
        max(total) as total,
        max(placed_total) as placed_total,
        max(negative_customers) as negative_customers,
        max(negative_total) as negative_total,
        max(case when percent = 95 then amount end) as lowest_95,
        max(case when percent = 90 then amount end) as lowest_90,
        max(case when percent = 80 then amount end) as lowest_80
    from {{ ref('int_value__lorenz') }}
    group by as_of_date, measure
),

positive as (
    select *, case when total > 0 then cast(total as double) end as base from curves
)

select
    positive.as_of_date,
    positive.measure,
    measures.measure_zh,
    measures.metric,
    positive.customers,
    positive.total,
    {{ ratio('base - lowest_95', 'base') }} as top_5_share,
    {{ ratio('base - lowest_90', 'base') }} as top_10_share,
    {{ ratio('base - lowest_80', 'base') }} as top_20_share,
    {# Twice the area between equality and the curve: 2 Σ place × amount / (n × total) - (n + 1) / n. -#}
    {{ rounded('2 * placed_total / (customers * base) - (customers + 1) / cast(customers as double)', 6) }} as gini,
    negative_customers,
    negative_total,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from positive
inner join {{ source('policy', 'value_concentration_measures') }} as measures on positive.measure = measures.measure
