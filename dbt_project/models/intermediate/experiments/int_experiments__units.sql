-- What the customers of experiments did after they were assigned: one column a metric of the policy, null while its days are
-- not over or where no source tells of it; and the segments that they were in at the month-end before.
{%- set metrics = experiment_metrics() %}
{%- set of_behaviour = ('visited', 'sessions') %}
with days as (
    select
        customer_id,
        ordered_on as happened_on,
        cast(0 as bigint) as deeds,
        cast(0 as bigint) as sessions,
        orders,
        units,
        gross_revenue,
        net_revenue,
        gross_margin,
        returned_amount
    from {{ ref('int_customer__days') }}
    union all
    select customer_id, occurred_on, sum(events), sum(sessions), 0, 0, 0, 0, 0, 0
    from {{ ref('fct_daily_behaviour') }}
    where {{ 'true' if metrics | selectattr('measure', 'in', of_behaviour) | list else 'false' }}
    group by customer_id, occurred_on
),

outcomes as (
    select
        assigned.campaign_id,
        assigned.customer_id
        {%- for one in metrics %},
        {{ money(measured(one['measure'], one['days'])) }} as {{ one['metric'] }}
        {%- endfor %}
    from {{ ref('int_experiments__assigned') }} as assigned
    inner join days
        on assigned.customer_id = days.customer_id
        and days.happened_on between assigned.assigned_on
            and {{ add_days('assigned.assigned_on', (metrics | map(attribute='days') | max if metrics else 1) - 1) }}
    group by assigned.campaign_id, assigned.customer_id
),

{# Tiers themselves come after the scores, so the place among the buyers of that date is told anew. -#}
ranked as (
    select
        metrics.customer_id,
        metrics.as_of_date,
        metrics.recency_days,
        coalesce({{ metric_value('settings.metric', 'metrics') }}, {{ metric_value('settings.fallback_metric', 'metrics') }})
            as value
    from {{ ref('customer_metrics') }} as metrics
    cross join {{ source('policy', 'tier_settings') }} as settings
    where
        metrics.orders_lifetime > 0
        and metrics.as_of_date in (select known_on from {{ ref('int_experiments__assigned') }})
),

placed as (
    select
        ranked.*,
        rank() over (partition by as_of_date order by value desc nulls last) as value_rank,
        count(*) over (partition by as_of_date) as buyers
    from ranked
),

known as (
    select
        assigned.campaign_id,
        assigned.customer_id,
        min(placed.recency_days) as recency_days,
        coalesce(
            min(case when placed.value > 0 and placed.value_rank <= tiers.top_share * placed.buyers then tiers.level end),
            max(tiers.level)
        ) as level
    from {{ ref('int_experiments__assigned') }} as assigned
    inner join placed on assigned.customer_id = placed.customer_id and assigned.known_on = placed.as_of_date
    cross join {{ source('policy', 'tiers') }} as tiers
    group by assigned.campaign_id, assigned.customer_id
)

select
    assigned.*,
    case when known.customer_id is null then 'none' else tiers.tier end as value_tier,
    coalesce(customers.region, 'unknown') as region,
    coalesce(customers.acquisition_channel, 'unknown') as acquisition_channel,
    case
        when known.recency_days is null then 'not_yet'
        when known.recency_days <= 90 then 'recent'
        else 'silent'
    end as activity
    {%- for one in metrics %},
    case
        when {{ add_days('assigned.assigned_on', one['days'] - 1) }} <= {{ current_build('as_of_date') }}
            {%- if one['measure'] in of_behaviour %}
            and told.{{ 'events' if one['measure'] == 'visited' else 'sessions' }}_from <= assigned.assigned_on
            {%- endif %}
            then coalesce(outcomes.{{ one['metric'] }}, 0)
    end as {{ one['metric'] }}
    {%- endfor %}
from {{ ref('int_experiments__assigned') }} as assigned
cross join {{ ref('int_customer__told_from') }} as told
left join outcomes on assigned.campaign_id = outcomes.campaign_id and assigned.customer_id = outcomes.customer_id
left join known on assigned.campaign_id = known.campaign_id and assigned.customer_id = known.customer_id
left join {{ source('policy', 'tiers') }} as tiers on known.level = tiers.level
left join {{ ref('dim_customer') }} as customers on assigned.customer_id = customers.customer_id
