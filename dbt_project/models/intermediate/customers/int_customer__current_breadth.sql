-- By how much the number of different products and categories of a customer's last 12 months has changed from the last
-- month-end to a current date that is no month-end: only things that came, or may have left, since are looked at.
{%- set dates = source('ops', 'as_of_dates') %}
{%- set day = day_asked('select max(as_of_date) from ' ~ dates ~ ' where is_current and not is_month_end') %}
{%- set month_end = day_asked(
    'select max(as_of_date) from ' ~ dates ~ ' where is_month_end and as_of_date < ' ~ day
) %}
with touched as (
    select distinct customer_id, thing, name
    from {{ ref('int_customer__things') }}
    where
        {{ day }} > {{ month_end }}
        and (
            last_on > {{ month_end }}
            or period_no > {{ month_no(month_end) }} - 12 and last_on < {{ window_start(day, 12) }}
        )
),

things as (
    select
        things.customer_id,
        things.thing,
        things.name,
        max(case when things.last_on >= {{ window_start(day, 12) }} then 1 else 0 end) as is_bought,
        max(case when things.period_no > {{ month_no(month_end) }} - 12 and things.last_on <= {{ month_end }} then 1 else 0 end)
            as was_bought,
        min(case when things.last_on <= {{ month_end }} then 0 else 1 end) as is_new
    from {{ ref('int_customer__things') }} as things
    inner join touched
        on things.customer_id = touched.customer_id and things.thing = touched.thing and things.name = touched.name
    group by things.customer_id, things.thing, things.name
)

select
    customer_id,
    sum(case when thing = 'product' then is_bought - was_bought else 0 end) as products_12m_change,
    sum(case when thing = 'category' then is_bought - was_bought else 0 end) as categories_12m_change,
    sum(case when thing = 'product' then is_new else 0 end) as new_products,
    sum(case when thing = 'category' then is_new else 0 end) as new_categories
from things
group by customer_id
