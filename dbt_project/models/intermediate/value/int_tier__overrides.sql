-- The first override rule, in the order of the policy, all of whose conditions hold for a customer at a date.
-- A condition on an unknown value does not hold.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with conditions as (
    select *, count(*) over (partition by rule) as conditions from {{ source('policy', 'tier_overrides') }}
),

measured as (
    select
        metrics.customer_id,
        metrics.as_of_date,
        conditions.rule,
        conditions.position,
        conditions.tier,
        conditions.conditions,
        conditions.condition_no,
        conditions.metric,
        conditions.operator,
        conditions.value,
        {{ metric_value('conditions.metric', 'metrics') }} as metric_value
    from {{ ref('customer_metrics') }} as metrics
    cross join conditions
    where metrics.orders_lifetime > 0 and {{ only_stale('metrics.as_of_date') }}
),

{# Few customers meet any condition: those who do are put together, not all who might. -#}
met as (
    select * from measured where {{ condition_holds('metric_value', 'operator', 'value') }}
),

fired as (
    select
        customer_id,
        as_of_date,
        rule,
        position,
        tier,
        {{ joined_text("'\"' || metric || '\": ' || cast(" ~ money('metric_value') ~ " as string)", ', ', 'condition_no') }}
            as inputs
    from met
    group by customer_id, as_of_date, rule, position, tier, conditions
    having count(*) = conditions
),

first_fired as (
    select *, row_number() over (partition by customer_id, as_of_date order by position) as choice
    from fired
)

select
    first_fired.customer_id,
    first_fired.as_of_date,
    first_fired.rule,
    tiers.level,
    '{' || first_fired.inputs || '}' as inputs
from first_fired
inner join {{ source('policy', 'tiers') }} as tiers on first_fired.tier = tiers.tier
where choice = 1
