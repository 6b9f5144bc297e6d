-- Sums up to a current date that is no month-end: what the last month-end told, and the days since and of the windows.
{%- set windows = {'12m': 12, '6m': 6, '3m': 3, '1m': 1} %}
with now as (
    select dates.as_of_date, max(month_ends.as_of_date) as month_end
    from {{ source('ops', 'as_of_dates') }} as dates
    left join {{ source('ops', 'as_of_dates') }} as month_ends
        on month_ends.as_of_date < dates.as_of_date and month_ends.is_month_end
    where dates.is_current and not dates.is_month_end
    group by dates.as_of_date
),

days as (
    select
        days.*,
        case when days.orders > 0 then 1 else 0 end as purchase_days,
        case when days.orders > 0 and days.is_weekend then 1 else 0 end as weekend_purchase_days,
        case when days.orders > 0 and days.gap_days is null then days.gross_revenue else 0 end as first_day_revenue,
        coalesce(days.gap_days * days.gap_days, 0) as squared_gap_days,
        now.month_end is null or days.ordered_on > now.month_end as in_lifetime
        {%- for span, months in windows.items() %},
        days.ordered_on >= {{ window_start('now.as_of_date', months) }} as in_{{ span }}
        {%- endfor %},
        days.ordered_on between {{ window_start('now.as_of_date', 6) }}
            and {{ add_days(window_start('now.as_of_date', 3), -1) }} as in_previous_3m
        {%- for back in range(12) %},
        case when days.orders > 0 and days.ordered_on between {{ window_start('now.as_of_date', back + 1) }}
            and {{ add_days(window_start('now.as_of_date', back), -1) }} then 1 else 0 end as in_month_{{ back }}
        {%- endfor %}
    from {{ ref('int_customer__days') }} as days
    inner join now on
        days.ordered_on >= {{ window_start('now.as_of_date', 12) }}
        or now.month_end is null or days.ordered_on > now.month_end
),

summed as (
    select
        customer_id,
        min(case when in_lifetime and orders > 0 then ordered_on end) as first_purchase_on,
        max(case when in_lifetime and orders > 0 then ordered_on end) as last_purchase_on,
        max(case when in_lifetime then gap_days end) as longest_gap_days,
        max(case when in_lifetime and orders > 0 then 1 else 0 end) as active_months_lifetime,
        sum(case when in_1m then orders else 0 end) as orders_1m,
        sum(case when in_1m then net_revenue else 0 end) as net_revenue_1m,
        sum(case when in_previous_3m then orders else 0 end) as orders_previous_3m,
        sum(case when in_previous_3m then gross_revenue else 0 end) as gross_revenue_previous_3m,
        {% for back in range(12) %}{{ '+ ' if not loop.first }}max(in_month_{{ back }}) {% endfor %}as active_months_12m
        {%- for measure, spans in customer_totals().items() if measure != 'active_months' %}{% for span in spans %},
        sum(case when in_{{ span }} then {{ measure }} else 0 end) as {{ measure }}_{{ span }}
        {%- endfor %}{% endfor %}
    from days
    group by customer_id
)

select
    customers.customer_id,
    now.as_of_date,
    {% for back in range(12) -%}
    {{ '+ ' if not loop.first }}case when {{ window_start('now.as_of_date', back) }} > customers.first_activity_on then 1 else 0 end
    {% endfor %}as months_observed_12m,
    least(earlier.first_purchase_on, summed.first_purchase_on) as first_purchase_on,
    greatest(earlier.last_purchase_on, summed.last_purchase_on) as last_purchase_on,
    greatest(earlier.longest_gap_days, summed.longest_gap_days) as longest_gap_days
    {%- for column, measure in {
        'orders_1m': 'orders', 'net_revenue_1m': 'net_revenue',
        'orders_previous_3m': 'orders', 'gross_revenue_previous_3m': 'gross_revenue'
    }.items() %},
    {{ customer_total(measure, 'coalesce(summed.' ~ column ~ ', 0)') }} as {{ column }}
    {%- endfor %}
    {%- for thing in ['products', 'categories'] %},
    cast(coalesce(earlier.{{ thing }}_lifetime, 0) + coalesce(breadth.new_{{ thing }}, 0) as bigint) as {{ thing }}_lifetime
    {%- endfor %}
    {%- for thing in ['products', 'categories'] %},
    cast(coalesce(earlier.{{ thing }}_12m, 0) + coalesce(breadth.{{ thing }}_12m_change, 0) as bigint) as {{ thing }}_12m
    {%- endfor %}
    {%- for measure, spans in customer_totals().items() %}{% for span in spans %},
    {%- set before = 'coalesce(earlier.' ~ measure ~ '_lifetime, 0) + ' if span == 'lifetime' else '' %}
    {{ customer_total(measure, before ~ 'coalesce(summed.' ~ measure ~ '_' ~ span ~ ', 0)') }} as {{ measure }}_{{ span }}
    {%- endfor %}{% endfor %}
from {{ ref('dim_customer') }} as customers
inner join now on customers.first_activity_on <= now.as_of_date
left join {{ ref('int_customer__cumulated') }} as earlier
    on customers.customer_id = earlier.customer_id and now.month_end = earlier.as_of_date
left join summed on customers.customer_id = summed.customer_id
left join {{ ref('int_customer__current_breadth') }} as breadth on customers.customer_id = breadth.customer_id
