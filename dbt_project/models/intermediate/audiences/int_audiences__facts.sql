-- What conditions of audiences may name, of every customer at the date of the run who has not left.
{{ config(materialized='view') }}
with birthdays as (
    select
        customer_id,
        {{ add_months('birth_on', 'cast(12 * (extract(year from ' ~ current_build('as_of_date') ~ ') - extract(year from birth_on)) as integer)') }}
            as this_year,
        {{ add_months('birth_on', 'cast(12 * (1 + extract(year from ' ~ current_build('as_of_date') ~ ') - extract(year from birth_on)) as integer)') }}
            as next_year
    from {{ ref('dim_customer') }}
    where birth_on is not null
),

tickets as (
    select
        customer_id,
        max(case when kind = 'complaint' then opened_on end) as complained_on,
        count(case when solved_on is null and closed_on is null then 1 end) as open_tickets
    from {{ ref('fct_tickets') }}
    where customer_id is not null
    group by customer_id
),

terms as (
    select customer_id, min(ends_on) as renews_on
    from {{ ref('fct_subscriptions') }}
    where ends_on >= {{ current_build('as_of_date') }} and ended_on is null
    group by customer_id
)

select
    metrics.*,
    customers.accepts_marketing,
    tiers.tier,
    tiers.tier_level,
    levels.level as stage_level,
    churn.churn_probability,
    clv.clv_12m,
    loyalty.loyalty_score,
    activity.days_silent,
    {{ days_between('coalesce(customers.created_on, customers.first_order_on)', 'metrics.as_of_date') }} as days_known,
    {{ days_between(
        'metrics.as_of_date',
        'case when birthdays.this_year >= metrics.as_of_date then birthdays.this_year else birthdays.next_year end'
    ) }} as days_to_birthday,
    points.expiring_points,
    {{ days_between('metrics.as_of_date', 'terms.renews_on') }} as days_to_renewal,
    {{ days_between('tickets.complained_on', 'metrics.as_of_date') }} as days_since_complaint,
    case when metrics.tickets_12m is not null then coalesce(tickets.open_tickets, 0) end as open_tickets
from {{ ref('customer_metrics') }} as metrics
inner join {{ ref('dim_customer') }} as customers on metrics.customer_id = customers.customer_id
cross join {{ source('policy', 'alert_settings') }} as settings
left join {{ ref('customer_tiers') }} as tiers
    on metrics.customer_id = tiers.customer_id and metrics.as_of_date = tiers.as_of_date
left join {{ ref('lifecycle_stage') }} as stages
    on metrics.customer_id = stages.customer_id and metrics.as_of_date = stages.as_of_date
left join {{ source('policy', 'lifecycle_stages') }} as levels on stages.stage = levels.stage
left join {{ source('scores', 'churn_scores') }} as churn
    on metrics.customer_id = churn.customer_id and metrics.as_of_date = churn.as_of_date
    and settings.lead_days = churn.lead_days
left join {{ source('scores', 'clv_scores') }} as clv
    on metrics.customer_id = clv.customer_id and metrics.as_of_date = clv.as_of_date
left join {{ ref('loyalty_scores') }} as loyalty
    on metrics.customer_id = loyalty.customer_id and metrics.as_of_date = loyalty.as_of_date
left join {{ ref('activity_state') }} as activity
    on metrics.customer_id = activity.customer_id and metrics.as_of_date = activity.as_of_date
left join {{ ref('points_balance') }} as points
    on metrics.customer_id = points.customer_id and metrics.as_of_date = points.as_of_date
left join birthdays on metrics.customer_id = birthdays.customer_id
left join tickets on metrics.customer_id = tickets.customer_id
left join terms on metrics.customer_id = terms.customer_id
where metrics.is_current and customers.closed_on is null
