-- What a churn model may know of a customer at a date, and whether they then stopped buying.
-- Only numbers known at the date: no ids to learn by heart and no attribute without a date.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates(ahead=180) }}") }}
{%- set leads = [90, 180] %}
{%- set features = [
    'tenure_days', 'recency_days', 'purchase_span_days', 'orders_lifetime', 'orders_12m', 'orders_6m', 'orders_3m',
    'orders_1m', 'purchase_days_12m', 'active_months_12m', 'active_month_share_12m', 'orders_per_month_12m',
    'gross_revenue_12m', 'net_revenue_6m', 'net_revenue_3m', 'net_revenue_1m', 'average_order_value_12m',
    'return_rate_12m', 'discount_share_12m', 'units_per_order_12m', 'products_12m', 'categories_12m',
    'weekend_share', 'mean_gap_days', 'longest_gap_days', 'gap_variation', 'rhythm_ratio', 'orders_trend_3m',
    'gross_revenue_trend_3m'
] %}
with purchases as (
    select
        customer_id,
        ordered_on as last_purchase_on,
        lead(ordered_on) over (partition by customer_id order by ordered_on) as next_purchase_on
    from {{ ref('int_customer__days') }}
    where orders > 0
),

judged as (
    select
        metrics.*,
        purchases.next_purchase_on,
        metrics.recency_days <= settings.eligible_within_days
            and metrics.purchase_days_lifetime >= settings.minimum_purchase_days as is_eligible
    from {{ ref('customer_metrics') }} as metrics
    inner join purchases
        on metrics.customer_id = purchases.customer_id and metrics.last_purchase_on = purchases.last_purchase_on
    cross join {{ source('policy', 'churn_settings') }} as settings
    where metrics.tenure_days >= 1 and {{ only_stale('metrics.as_of_date', ahead=leads[-1]) }}
)

select
    customer_id,
    as_of_date,
    is_eligible
    {%- for feature in features %},
    cast({{ feature }} as double) as {{ feature }}
    {%- endfor %}
    {%- for lead in leads %},
    case
        when is_eligible and {{ add_days('as_of_date', lead) }} <= {{ current_build('as_of_date') }}
            then coalesce(next_purchase_on > {{ add_days('as_of_date', lead) }}, true)
    end as churned_{{ lead }}d
    {%- endfor %}
from judged
