-- What was known of every customer at every as-of date; nothing later than the date is read.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
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
    purchase_span_days,
    {{ bought_columns() }},
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
    duration_minutes_3m,
    solution_hours_12m,
    nps_score,
    csat_12m,
    rating_12m,
    days_since_active,
    cast(coalesce(purchase_days_12m, 0) - case
        when purchase_days_12m > 0 and purchase_days_12m = purchase_days_lifetime then 1 else 0
    end as bigint) as repurchases_12m
from measured
