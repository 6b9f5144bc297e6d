-- Buying history of every customer at every as-of date, as BG/NBD and Gamma-Gamma read it: days, not orders, are
-- counted, and the first is the start rather than a repeat.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
select
    customer_id,
    as_of_date,
    cast(purchase_days_lifetime - 1 as bigint) as frequency,
    cast({{ days_between('first_purchase_on', 'last_purchase_on') }} as bigint) as recency_days,
    cast({{ days_between('first_purchase_on', 'as_of_date') }} as bigint) as age_days,
    {{ ratio('gross_revenue_lifetime - first_day_revenue_lifetime', 'purchase_days_lifetime - 1') }} as monetary_value,
    first_purchase_on
from {{ ref('int_customer__totals') }}
where purchase_days_lifetime > 0 and {{ only_stale('as_of_date') }}
