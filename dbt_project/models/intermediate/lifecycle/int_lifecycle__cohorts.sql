-- What the customers of a first-purchase month, region and branch did in each calendar month since.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('month_end', 'groups') }}") }}
with months as (
    select
        customer_id,
        {{ month_end('ordered_on') }} as month_end,
        sum(orders) as orders,
        sum(net_revenue) as net_revenue,
        sum(gross_margin) as gross_margin
    from {{ ref('int_customer__days') }}
    where {{ only_stale_months('ordered_on', 'groups') }}
    group by customer_id, {{ month_end('ordered_on') }}
),

since_first as (
    select
        months.*,
        {{ month_end('customers.first_order_on') }} as cohort_month,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.branch, 'unknown') as branch,
        {# Counted back from all there are: what lies before the stale months need not be read. -#}
        metrics.orders_lifetime - coalesce(sum(months.orders) over (
            partition by months.customer_id order by months.month_end rows between 1 following and unbounded following
        ), 0) as orders_so_far
    from months
    inner join {{ ref('dim_customer') }} as customers on months.customer_id = customers.customer_id
    inner join {{ ref('customer_metrics') }} as metrics on months.customer_id = metrics.customer_id and metrics.is_current
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
