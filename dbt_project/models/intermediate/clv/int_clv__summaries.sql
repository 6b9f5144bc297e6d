-- Buying history of every customer at every as-of date, as BG/NBD and Gamma-Gamma read it: days, not orders, are
-- counted, and the first is the start rather than a repeat. What stands after them is read by the machine alone.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
select
    customer_id,
    as_of_date,
    cast(purchase_days_lifetime - 1 as bigint) as frequency,
    cast({{ days_between('first_purchase_on', 'last_purchase_on') }} as bigint) as recency_days,
    cast({{ days_between('first_purchase_on', 'as_of_date') }} as bigint) as age_days,
    {{ ratio('gross_revenue_lifetime - first_day_revenue_lifetime', 'purchase_days_lifetime - 1') }} as monetary_value,
    first_purchase_on,
    cast(coalesce(orders_3m, 0) as bigint) as orders_3m,
    cast(coalesce(orders_12m, 0) as bigint) as orders_12m,
    cast(coalesce(purchase_days_12m, 0) as bigint) as purchase_days_12m,
    cast(coalesce(active_months_12m, 0) as bigint) as active_months_12m,
    cast(longest_gap_days as bigint) as longest_gap_days,
    cast(coalesce(gross_revenue_3m, 0) as double) as gross_revenue_3m,
    cast(coalesce(gross_revenue_12m, 0) as double) as gross_revenue_12m,
    cast(first_day_revenue_lifetime as double) as first_day_revenue,
    cast(coalesce(returned_amount_12m, 0) as double) as returned_amount_12m,
    cast(case when orders_with_discount_12m > 0 then discount_amount_12m end as double) as discount_amount_12m,
    cast(case when orders_with_lines_lifetime > 0 then units_12m end as double) as units_12m,
    cast(case when orders_with_lines_lifetime > 0 then categories_12m end as bigint) as categories_12m
from {{ ref('int_customer__totals') }}
where purchase_days_lifetime > 0 and {{ only_stale('as_of_date') }}
