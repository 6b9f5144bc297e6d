-- What the customers of a first-purchase month, region and branch did in each calendar month since.
with months as (
    select
        customer_id,
        {{ month_end('ordered_on') }} as month_end,
        sum(case when kind = 'sale' then 1 else 0 end) as orders,
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(gross_margin), 0) as gross_margin
    from {{ ref('fct_orders') }}
    where customer_id is not null
    group by customer_id, {{ month_end('ordered_on') }}
),

since_first as (
    select
        months.*,
        {{ month_end('customers.first_order_on') }} as cohort_month,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.branch, 'unknown') as branch,
        sum(months.orders) over (partition by months.customer_id order by months.month_end) as orders_so_far
    from months
    inner join {{ ref('dim_customer') }} as customers on months.customer_id = customers.customer_id
    where months.month_end >= {{ month_end('customers.first_order_on') }}
)

select
    cohort_month,
    month_end,
    region,
    branch,
    sum(case when month_end = cohort_month then 1 else 0 end) as customers,
    sum(case when orders > 0 then 1 else 0 end) as active_customers,
    sum(case when orders_so_far >= 2 and orders_so_far - orders < 2 then 1 else 0 end) as new_repeat_customers,
    sum(orders) as orders,
    {{ money('sum(net_revenue)') }} as net_revenue,
    {{ money('sum(gross_margin)') }} as gross_margin
from since_first
group by cohort_month, month_end, region, branch
