-- Sums up to a current date that is no month-end: what the last month-end told, with the days that came since, and
-- without those that have left the windows of 12, 6, 3 and 1 months.
{%- set dates = source('ops', 'as_of_dates') %}
{%- set day = day_asked('select max(as_of_date) from ' ~ dates ~ ' where is_current and not is_month_end') %}
{%- set month_end = day_asked(
    'select max(as_of_date) from ' ~ dates ~ ' where is_month_end and as_of_date < ' ~ day
) %}
{%- set windows = {'12m': 12, '6m': 6, '3m': 3, '1m': 1} %}
{%- set of_few_spans = {
    'orders_1m': 'orders', 'net_revenue_1m': 'net_revenue',
    'orders_previous_3m': 'orders', 'gross_revenue_previous_3m': 'gross_revenue'
} %}
with days as (
    select
        *,
        case when orders > 0 then 1 else 0 end as purchase_days,
        case when orders > 0 and is_weekend then 1 else 0 end as weekend_purchase_days,
        case when orders > 0 and gap_days is null then gross_revenue else 0 end as first_day_revenue,
        coalesce(gap_days * gap_days, 0) as squared_gap_days,
        case when ordered_on > {{ month_end }} then 1 else 0 end as in_lifetime
        {%- for span, months in windows.items() %},
        case
            when ordered_on > {{ month_end }} and ordered_on >= {{ window_start(day, months) }} then 1
            when ordered_on <= {{ month_end }} and ordered_on < {{ window_start(day, months) }}
                and ordered_on >= {{ window_start(month_end, months) }} then -1
            else 0
        end as in_{{ span }}
        {%- endfor %}
    from {{ ref('int_customer__days') }}
    where
        ordered_on > {{ month_end }}
        {%- for months in windows.values() %}
        or ordered_on >= {{ window_start(month_end, months) }} and ordered_on < {{ window_start(day, months) }}
        {%- endfor %}
),

changes as (
    select
        customer_id,
        min(case when in_lifetime = 1 and orders > 0 then ordered_on end) as first_purchase_on,
        max(case when in_lifetime = 1 and orders > 0 then ordered_on end) as last_purchase_on,
        max(case when in_lifetime = 1 then gap_days end) as longest_gap_days,
        max(case when in_lifetime = 1 and orders > 0 then 1 else 0 end) as active_months_lifetime
        {%- for total, measure in of_few_spans.items() %},
        sum({{ 'in_1m' if total.endswith('_1m') else '(in_6m - in_3m)' }} * {{ measure }}) as {{ total }}
        {%- endfor %}
        {%- for measure, spans in customer_totals().items() if measure != 'active_months' %}{% for span in spans %},
        sum(in_{{ span }} * {{ measure }}) as {{ measure }}_{{ span }}
        {%- endfor %}{% endfor %}
    from days
    group by customer_id
),

months as (
    select
        customer_id,
        {% for back in range(12) -%}
        {{ '+ ' if not loop.first }}max(case when ordered_on between {{ window_start(day, back + 1) }} and {{ add_days(window_start(day, back), -1) }} then 1 else 0 end)
        {% endfor %}as active_months_12m
    from {{ ref('int_customer__days') }}
    where orders > 0 and ordered_on >= {{ window_start(day, 12) }}
    group by customer_id
)

select
    customers.customer_id,
    {{ day }} as as_of_date,
    {% for back in range(12) -%}
    {{ '+ ' if not loop.first }}case when {{ window_start(day, back) }} > customers.first_activity_on then 1 else 0 end
    {% endfor %}as months_observed_12m,
    least(earlier.first_purchase_on, changes.first_purchase_on) as first_purchase_on,
    greatest(earlier.last_purchase_on, changes.last_purchase_on) as last_purchase_on,
    greatest(earlier.longest_gap_days, changes.longest_gap_days) as longest_gap_days
    {%- for total, measure in of_few_spans.items() %},
    {{ customer_total(measure, 'coalesce(earlier.' ~ total ~ ', 0) + coalesce(changes.' ~ total ~ ', 0)') }} as {{ total }}
    {%- endfor %}
    {%- for thing in ['products', 'categories'] %},
    cast(coalesce(earlier.{{ thing }}_lifetime, 0) + coalesce(breadth.new_{{ thing }}, 0) as bigint) as {{ thing }}_lifetime
    {%- endfor %}
    {%- for thing in ['products', 'categories'] %},
    cast(coalesce(earlier.{{ thing }}_12m, 0) + coalesce(breadth.{{ thing }}_12m_change, 0) as bigint) as {{ thing }}_12m
    {%- endfor %}
    {%- for measure, spans in customer_totals().items() %}{% for span in spans %},
    {%- set total = measure ~ '_' ~ span %}
    {%- set since = 'coalesce(months.' if total == 'active_months_12m' else
        'coalesce(earlier.' ~ total ~ ', 0) + coalesce(changes.' %}
    {{ customer_total(measure, since ~ total ~ ', 0)') }} as {{ total }}
    {%- endfor %}{% endfor %}
from {{ ref('dim_customer') }} as customers
left join {{ ref('int_customer__cumulated') }} as earlier
    on customers.customer_id = earlier.customer_id and earlier.as_of_date = {{ month_end }}
left join changes on customers.customer_id = changes.customer_id
left join months on customers.customer_id = months.customer_id
left join {{ ref('int_customer__current_breadth') }} as breadth on customers.customer_id = breadth.customer_id
where customers.first_activity_on <= {{ day }}
