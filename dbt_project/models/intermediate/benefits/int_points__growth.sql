-- Growth points of everyone who has ever bought, at every as-of date: the metrics of the policy, weighted.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with earned as (
    select
        metrics.customer_id,
        metrics.as_of_date,
        {{ metric_value('growth.metric', 'metrics') }} * growth.points as points
    from {{ ref('customer_metrics') }} as metrics
    cross join {{ source('policy', 'growth_points') }} as growth
    where metrics.orders_lifetime > 0 and {{ only_stale('metrics.as_of_date') }}
)

select customer_id, as_of_date, {{ money('sum(cast(greatest(points, 0) as decimal(18, 4)))') }} as growth_points
from earned
where points is not null
group by customer_id, as_of_date
