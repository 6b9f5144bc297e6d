-- What customers bought: purchase intention, recurring revenue, cross-sell and discounts, by month-end and stage.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('as_of_date') }}") }}
with people as (
    select
        as_of_date,
        stage,
        count(case when not had_bought then 1 end) as not_bought,
        count(case when has_bought and stage <> 'lost' then 1 end) as have_bought
    from {{ ref('int_drivers__stages') }}
    where {{ only_stale('as_of_date') }}
    group by as_of_date, stage
),

bought as (
    select
        as_of_date,
        stage,
        count(case when orders > repeat_orders then 1 end) as first_buyers,
        sum(first_purchase) as first_purchase,
        sum(case when stage <> 'lost' then repeat_orders else 0 end) as repeat_orders,
        sum(recurring_revenue) as recurring_revenue,
        sum(new_labels) as new_labels,
        sum(cross_sell) as cross_sell,
        sum(orders_telling_discount) as orders_telling_discount,
        sum(orders_discounted) as orders_discounted,
        sum(discount_amount) as discount_amount
    from {{ ref('int_drivers__revenue') }}
    where {{ only_stale('as_of_date') }}
    group by as_of_date, stage
),

joined as (
    select *
    from people
    full outer join bought using (as_of_date, stage)
)

select as_of_date, stage, 'purchase_intention' as driver, not_bought as base, first_buyers as events, {{ money('first_purchase') }} as amount
from joined
union all
select as_of_date, stage, 'recurring_revenue', have_bought, repeat_orders, {{ money('recurring_revenue') }}
from joined
union all
select as_of_date, stage, 'cross_sell', have_bought, new_labels, {{ money('cross_sell') }}
from joined
union all
select as_of_date, stage, 'discounts', orders_telling_discount, orders_discounted, {{ money('-discount_amount') }}
from joined
