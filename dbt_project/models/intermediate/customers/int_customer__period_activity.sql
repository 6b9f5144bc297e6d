-- A customer's activity in each calendar month that is over, for the months that had any.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_months() }}") }}
with months as (
    select days.date_day, periods.calendar, periods.period_no
    from {{ ref('dim_date') }} as days
    inner join {{ ref('int_calendar__periods') }} as periods
        on days.date_day between periods.starts_on and periods.ends_on
    where periods.calendar = 'month_end' and {{ only_stale('periods.ends_on') }}
)

select
    days.customer_id,
    months.calendar,
    months.period_no,
    cast(sum(days.orders) as bigint) as orders,
    cast(sum(days.return_orders) as bigint) as return_orders,
    cast(sum(days.orders_with_lines) as bigint) as orders_with_lines,
    cast(sum(days.orders_with_discount) as bigint) as orders_with_discount,
    count(case when days.orders > 0 then 1 end) as purchase_days,
    count(case when days.orders > 0 and days.is_weekend then 1 end) as weekend_purchase_days,
    max(case when days.orders > 0 then 1 else 0 end) as active_months,
    min(case when days.orders > 0 then days.ordered_on end) as first_purchase_on,
    max(case when days.orders > 0 then days.ordered_on end) as last_purchase_on,
    {{ money('sum(case when days.orders > 0 and days.gap_days is null then days.gross_revenue else 0 end)') }}
        as first_day_revenue,
    max(days.gap_days) as longest_gap_days,
    cast(coalesce(sum(days.gap_days * days.gap_days), 0) as bigint) as squared_gap_days,
    {{ money('sum(days.gross_revenue)') }} as gross_revenue,
    {{ money('sum(days.returned_amount)') }} as returned_amount,
    {{ money('sum(days.net_revenue)') }} as net_revenue,
    {{ money('sum(days.gross_margin)') }} as gross_margin,
    max(days.assumed_margins) as assumed_margins,
    {{ money('sum(days.shipping_amount)') }} as shipping_amount,
    {{ money('sum(days.discount_amount)') }} as discount_amount,
    {{ money('sum(days.units)') }} as units,
    cast(sum(days.lines) as bigint) as lines
from {{ ref('int_customer__days') }} as days
inner join months on days.ordered_on = months.date_day
group by days.customer_id, months.calendar, months.period_no
