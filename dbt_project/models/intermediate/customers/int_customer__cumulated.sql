-- Sums up to every month-end over the life of a customer and over the last 12, 6, 3 and 1 months.
{%- set spans = {'lifetime': 'unbounded', '12m': 11, '6m': 5, '3m': 2} %}
{%- set breadth = {
    'products_lifetime': 'new_products', 'categories_lifetime': 'new_categories',
    'products_12m': 'products_12m_change', 'categories_12m': 'categories_12m_change'
} %}
{%- set is_due = has_stale_month_end() %}
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with months as (
    select customers.customer_id, periods.period_no, periods.as_of_date
    from {{ ref('dim_customer') }} as customers
    inner join {{ ref('int_calendar__periods') }} as periods on periods.ends_on >= customers.first_activity_on
    where periods.calendar = 'month_end' {{ '' if is_due else 'and false' }}
),

cumulated as (
    select
        customer_id,
        as_of_date,
        count(*) over last_12m as months_observed_12m,
        min(first_purchase_on) over last_lifetime as first_purchase_on,
        max(last_purchase_on) over last_lifetime as last_purchase_on,
        max(longest_gap_days) over last_lifetime as longest_gap_days,
        coalesce(orders, 0) as orders_1m,
        coalesce(net_revenue, 0) as net_revenue_1m,
        {{ customer_total('orders', 'coalesce(sum(orders) over previous_3m, 0)') }} as orders_previous_3m,
        {{ customer_total('gross_revenue', 'coalesce(sum(gross_revenue) over previous_3m, 0)') }}
            as gross_revenue_previous_3m
        {%- for total, change in breadth.items() %},
        cast(coalesce(sum({{ change }}) over last_lifetime, 0) as bigint) as {{ total }}
        {%- endfor %}
        {%- for measure, over in customer_totals().items() %}{% for span in over %},
        {{ customer_total(measure, 'coalesce(sum(' ~ measure ~ ') over last_' ~ span ~ ', 0)') }} as {{ measure }}_{{ span }}
        {%- endfor %}{% endfor %}
    from months
    left join {{ ref('int_customer__period_activity') }} using (customer_id, period_no)
    left join {{ ref('int_customer__breadth_changes') }} using (customer_id, period_no)
    window
        {%- for span, rows in spans.items() %}
        last_{{ span }} as (partition by customer_id order by period_no rows between {{ rows }} preceding and current row),
        {%- endfor %}
        previous_3m as (partition by customer_id order by period_no rows between 5 preceding and 3 preceding)
)

select * from cumulated
where as_of_date is not null and {{ only_stale('as_of_date') }}
