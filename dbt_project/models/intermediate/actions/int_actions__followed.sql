-- What customers did in the policy's days after an action was decided for them, whether they got it or were held back: of
-- batches that went out, once the days are over. Of a customer the first action counts in a span of the control group:
-- what came later was chosen by what the first had done, and so not alike for both.
with planned as (
    select
        planned.action_key,
        planned.customer_id,
        planned.as_of_date,
        planned.action,
        planned.objective,
        planned.cost,
        planned.is_control,
        {{ add_days('planned.as_of_date', 'settings.outcome_days') }} as ends_on
    from {{ source('scores', 'planned_actions') }} as planned
    cross join {{ source('policy', 'action_settings') }} as settings
    where planned.is_out
    qualify row_number() over (
        partition by planned.customer_id, {{ control_starts_on('planned.as_of_date', 'settings.control_months') }}
        order by planned.as_of_date, planned.action_key
    ) = 1
),

bought as (
    select
        planned.action_key,
        sum(days.orders) as orders,
        sum(days.net_revenue) as net_revenue
    from planned
    inner join {{ ref('int_customer__days') }} as days
        on planned.customer_id = days.customer_id
        and days.ordered_on > planned.as_of_date and days.ordered_on <= planned.ends_on
    group by planned.action_key
)

select
    planned.*,
    cast(coalesce(bought.orders, 0) as bigint) as orders,
    {{ money('coalesce(bought.net_revenue, 0)') }} as net_revenue
from planned
left join bought on planned.action_key = bought.action_key
where planned.ends_on <= {{ current_build('as_of_date') }}
