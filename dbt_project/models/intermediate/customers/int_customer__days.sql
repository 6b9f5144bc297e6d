-- What a customer did on a business day, and how long before that they had last bought.
with days as (
    select
        customer_id,
        ordered_on,
        sum(case when kind = 'sale' then 1 else 0 end) as orders,
        sum(case when kind = 'return' then 1 else 0 end) as return_orders,
        sum(case when lines is not null then 1 else 0 end) as orders_with_lines,
        sum(case when discount_amount is not null then 1 else 0 end) as orders_with_discount,
        coalesce(sum(gross_revenue), 0) as gross_revenue,
        coalesce(sum(returned_amount), 0) as returned_amount,
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(discount_amount), 0) as discount_amount,
        coalesce(sum(units), 0) as units,
        coalesce(sum(lines), 0) as lines
    from {{ ref('fct_orders') }}
    where customer_id is not null
    group by customer_id, ordered_on
),

gaps as (
    select
        customer_id,
        ordered_on,
        {{ days_between('lag(ordered_on) over (partition by customer_id order by ordered_on)', 'ordered_on') }} as gap_days
    from days
    where orders > 0
)

select days.*, gaps.gap_days, {{ weekday('days.ordered_on') }} >= 6 as is_weekend
from days
left join gaps on days.customer_id = gaps.customer_id and days.ordered_on = gaps.ordered_on
