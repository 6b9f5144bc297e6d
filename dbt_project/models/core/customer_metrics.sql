-- What was known of every customer at every as-of date; nothing later than the date is read.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
{%- set counts = [
    'orders_lifetime', 'orders_12m', 'orders_6m', 'orders_3m', 'orders_1m', 'purchase_days_lifetime',
    'purchase_days_12m', 'active_months_lifetime', 'active_months_12m', 'return_orders_12m'
] %}
{%- set amounts = [
    'gross_revenue_lifetime', 'gross_revenue_12m', 'net_revenue_lifetime', 'net_revenue_12m', 'net_revenue_6m',
    'net_revenue_3m', 'net_revenue_1m', 'returned_amount_lifetime', 'returned_amount_12m'
] %}
{%- set counts_of_lines = [
    'lines_12m', 'products_lifetime', 'products_12m', 'categories_lifetime', 'categories_12m'
] %}
{%- set domains = ['service', 'satisfaction', 'behaviour', 'campaigns', 'costs', 'loyalty', 'subscriptions', 'credit'] %}
with known as (
    select
        customers.customer_id,
        dates.as_of_date,
        dates.is_month_end,
        dates.is_current,
        case when customers.created_on <= dates.as_of_date then customers.created_on end as created_on
    from {{ ref('dim_customer') }} as customers
    inner join {{ source('ops', 'as_of_dates') }} as dates
        on customers.known_on is null or customers.known_on <= dates.as_of_date
    where {{ only_stale('dates.as_of_date') }}
),

told as (
    select
        customer_id,
        as_of_date,
        is_month_end,
        is_current,
        created_on,
        {{ told_columns() }}
    from known
    cross join {{ ref('int_customer__told_from') }}
    {%- for domain in domains %}
    left join {{ ref('int_customer__' ~ domain) }} using (customer_id, as_of_date)
    {%- endfor %}
),

measured as (
    select
        *,
        orders_with_lines_lifetime > 0 as has_lines,
        orders_with_discount_12m > 0 as has_discounts,
        {{ days_between('least(created_on, first_purchase_on)', 'as_of_date') }} as tenure_days,
        {{ days_between('last_purchase_on', 'as_of_date') }} as recency_days,
        {{ days_between('first_purchase_on', 'last_purchase_on') }} as purchase_span_days,
        nullif(greatest(purchase_days_lifetime - 1, 0), 0) as gaps,
        coalesce(gross_margin_12m, 0) - coalesce(shipping_amount_12m, 0) - coalesce(service_cost_12m, 0)
        - coalesce(marketing_cost_12m, 0) as profit
    from told
    left join {{ ref('int_customer__totals') }} using (customer_id, as_of_date)
)

select
    customer_id,
    as_of_date,
    is_month_end,
    is_current,
    first_purchase_on,
    last_purchase_on,
    tenure_days,
    recency_days,
    purchase_span_days
    {%- for count in counts %},
    cast(coalesce({{ count }}, 0) as bigint) as {{ count }}
    {%- endfor %}
    {%- for amount in amounts %},
    {{ money('coalesce(' ~ amount ~ ', 0)') }} as {{ amount }}
    {%- endfor %}
    {%- for count in counts_of_lines %},
    cast(case when has_lines then {{ count }} end as bigint) as {{ count }}
    {%- endfor %},
    {{ money('case when has_lines then units_lifetime end') }} as units_lifetime,
    {{ money('case when has_lines then units_12m end') }} as units_12m,
    {{ ratio('case when has_lines then units_12m end', 'orders_12m') }} as units_per_order_12m,
    {{ money('case when has_discounts then discount_amount_12m end') }} as discount_amount_12m,
    {{ ratio('case when has_discounts then discount_amount_12m end', 'gross_revenue_12m + discount_amount_12m') }}
        as discount_share_12m,
    {{ ratio('returned_amount_12m', 'gross_revenue_12m') }} as return_rate_12m,
    {{ ratio('gross_revenue_lifetime', 'orders_lifetime') }} as average_order_value,
    {{ ratio('gross_revenue_12m', 'orders_12m') }} as average_order_value_12m,
    {{ ratio('net_revenue_12m', 'months_observed_12m') }} as monthly_spend,
    {{ ratio('orders_12m', 'months_observed_12m') }} as orders_per_month_12m,
    {{ ratio('active_months_12m', 'months_observed_12m') }} as active_month_share_12m,
    {{ ratio('weekend_purchase_days_lifetime', 'purchase_days_lifetime') }} as weekend_share,
    {{ ratio('purchase_span_days', 'gaps') }} as mean_gap_days,
    longest_gap_days,
    case when gaps > 1 then {{ ratio(
        'sqrt(gaps * squared_gap_days_lifetime - purchase_span_days * purchase_span_days)', 'purchase_span_days'
    ) }} end as gap_variation,
    {{ ratio('recency_days * gaps', 'purchase_span_days') }} as rhythm_ratio,
    {{ ratio('orders_3m - orders_previous_3m', 'orders_3m + orders_previous_3m') }} as orders_trend_3m,
    {{ ratio('gross_revenue_3m - gross_revenue_previous_3m', 'gross_revenue_3m + gross_revenue_previous_3m') }}
        as gross_revenue_trend_3m,
    {{ ratio('complaints_12m', 'orders_12m') }} as complaint_rate,
    {{ money('coalesce(gross_margin_lifetime, 0)') }} as gross_margin_lifetime,
    {{ money('coalesce(gross_margin_12m, 0)') }} as gross_margin_12m,
    coalesce(assumed_margins_lifetime, 0) > 0 as margin_is_assumed
    {%- for name in told_amounts().values() | sum(start=[]) %},
    {{ name }}
    {%- endfor %},
    {{ money('profit') }} as profit_12m,
    {{ ratio('profit', 'coalesce(service_cost_12m, 0) + coalesce(marketing_cost_12m, 0)') }} as roi_12m
    {%- for name in told_counts().values() | sum(start=[]) %},
    {{ name }}
    {%- endfor %},
    solution_hours_12m,
    nps_score,
    csat_12m,
    rating_12m,
    days_since_active,
    cast(coalesce(purchase_days_12m, 0) - case
        when purchase_days_12m > 0 and purchase_days_12m = purchase_days_lifetime then 1 else 0
    end as bigint) as repurchases_12m
from measured
