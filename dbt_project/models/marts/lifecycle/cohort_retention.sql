-- What became of everyone who first bought in a month: a row per month since, up to the as-of date.
with cumulated as (
    select
        *,
        sum(new_repeat_customers) over so_far as repeat_customers,
        sum(net_revenue) over so_far as net_revenue_so_far
    from {{ ref('int_lifecycle__cohort_months') }}
    where group_kind = 'all'
    window so_far as (partition by cohort_month order by month_end)
)

select
    cohort_month,
    cast(month_no as integer) as month_no,
    month_end,
    month_end <= {{ current_build('as_of_date') }} as is_whole_month,
    cast(customers as bigint) as customers,
    cast(active_customers as bigint) as active_customers,
    {{ ratio('active_customers', 'customers') }} as retention,
    cast(repeat_customers as bigint) as repeat_customers,
    {{ ratio('repeat_customers', 'customers') }} as repurchase_rate,
    cast(orders as bigint) as orders,
    {{ money('net_revenue') }} as net_revenue,
    {{ money('net_revenue_so_far') }} as net_revenue_so_far,
    {{ ratio('net_revenue_so_far', 'customers') }} as net_revenue_per_customer_so_far,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from cumulated
