-- One row per customer and month-end, and one of all orders without a customer: the month's gross revenue in four parts.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('as_of_date') }}") }}
with orders as (
    select
        orders.customer_id,
        {{ month_end('orders.ordered_on') }} as as_of_date,
        orders.ordered_on = customers.first_order_on as is_first_day,
        count(case when orders.kind = 'sale' then 1 end) as orders,
        count(orders.discount_amount) as orders_telling_discount,
        count(case when orders.discount_amount <> 0 then 1 end) as orders_discounted,
        sum(orders.discount_amount) as discount_amount,
        sum(orders.gross_revenue) as gross_revenue
    from {{ ref('fct_orders') }} as orders
    left join {{ ref('dim_customer') }} as customers on orders.customer_id = customers.customer_id
    where {{ only_stale_months('orders.ordered_on') }}
    group by orders.customer_id, {{ month_end('orders.ordered_on') }}, orders.ordered_on = customers.first_order_on
),

months as (
    select
        customer_id,
        as_of_date,
        sum(orders) as orders,
        sum(case when is_first_day then 0 else orders end) as repeat_orders,
        sum(orders_telling_discount) as orders_telling_discount,
        sum(orders_discounted) as orders_discounted,
        sum(discount_amount) as discount_amount,
        sum(gross_revenue) as gross_revenue,
        sum(case when is_first_day then gross_revenue else 0 end) as first_purchase
    from orders
    group by customer_id, as_of_date
),

new_things as (
    select customer_id, as_of_date, count(*) as new_labels, sum(amount) as amount
    from {{ ref('int_drivers__new_categories') }}
    group by customer_id, as_of_date
)

select
    months.customer_id,
    months.as_of_date,
    coalesce(stages.stage, 'unassigned') as stage,
    months.orders,
    months.repeat_orders,
    months.orders_telling_discount,
    months.orders_discounted,
    case when coalesce(stages.stage, '') <> 'lost' then coalesce(new_things.new_labels, 0) else 0 end as new_labels,
    months.discount_amount,
    months.gross_revenue,
    months.first_purchase,
    case when stages.stage = 'lost' then months.gross_revenue - months.first_purchase else 0 end as win_back,
    case when coalesce(stages.stage, '') <> 'lost' then coalesce(new_things.amount, 0) else 0 end as cross_sell,
    case
        when coalesce(stages.stage, '') <> 'lost'
            then months.gross_revenue - months.first_purchase - coalesce(new_things.amount, 0)
        else 0
    end as recurring_revenue
from months
left join {{ ref('int_drivers__stages') }} as stages
    on months.customer_id = stages.customer_id and months.as_of_date = stages.as_of_date
left join new_things
    on months.customer_id = new_things.customer_id and months.as_of_date = new_things.as_of_date
