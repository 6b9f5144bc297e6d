-- The rule that decides the stage of a customer at a date: the first of all that hold, memory included.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with rules as (
    select * from {{ source('policy', 'lifecycle_rules') }} where needs_memory
),

measured as (
    select
        returns.customer_id,
        returns.as_of_date,
        rules.*
        {%- for n in range(1, 5) %},
        {{ metric_value('rules.metric_' ~ n, 'metrics', {'months_since_return': 'returns.months_since_return'}) }}
            as measured_{{ n }}
        {%- endfor %}
    from {{ ref('int_lifecycle__returns') }} as returns
    inner join {{ ref('customer_metrics') }} as metrics
        on returns.customer_id = metrics.customer_id and returns.as_of_date = metrics.as_of_date
    cross join rules
    where {{ only_stale('returns.as_of_date') }}
),

remembered as (
    select customer_id, as_of_date, min(position) as position
    from measured
    where
        {%- for n in range(1, 5) %}
        {{ 'and ' if n > 1 }}(metric_{{ n }} is null or {{ condition_holds('measured_' ~ n, 'operator_' ~ n, 'value_' ~ n) }})
        {%- endfor %}
    group by customer_id, as_of_date
)

select
    plain.customer_id,
    plain.as_of_date,
    least(plain.position, coalesce(remembered.position, plain.position)) as position
from {{ ref('int_lifecycle__plain') }} as plain
left join remembered
    on plain.customer_id = remembered.customer_id and plain.as_of_date = remembered.as_of_date
where {{ only_stale('plain.as_of_date') }}
