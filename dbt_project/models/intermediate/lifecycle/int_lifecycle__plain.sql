-- The first rule of the policy that holds for a customer at a date, without those that must know the past.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with rules as (
    select * from {{ source('policy', 'lifecycle_rules') }} where not needs_memory
),

measured as (
    select
        metrics.customer_id,
        metrics.as_of_date,
        metrics.last_purchase_on,
        rules.*
        {%- for n in range(1, 5) %},
        {{ metric_value('rules.metric_' ~ n, 'metrics') }} as measured_{{ n }}
        {%- endfor %}
    from {{ ref('customer_metrics') }} as metrics
    cross join rules
    where {{ only_stale('metrics.as_of_date') }}
),

held as (
    select customer_id, as_of_date, last_purchase_on, min(position) as position
    from measured
    where
        {%- for n in range(1, 5) %}
        {{ 'and ' if n > 1 }}(metric_{{ n }} is null or {{ condition_holds('measured_' ~ n, 'operator_' ~ n, 'value_' ~ n) }})
        {%- endfor %}
    group by customer_id, as_of_date, last_purchase_on
)

select held.customer_id, held.as_of_date, held.last_purchase_on, held.position, rules.stage = 'lost' as is_lost
from held
inner join rules on held.position = rules.position
