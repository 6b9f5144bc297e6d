-- By how much the number of different products and categories of a customer's last 12 months changes in a month.
-- A thing bought in a month counts from then until it is bought again or 12 months are over, so the changes
-- add up to a distinct count without looking at a line twice.
{%- set is_due = has_stale_month_end() %}
{{ config(materialized=kept(), pre_hook="{% if has_stale_month_end() %}{{ forget_stale_months() }}{% endif %}") }}
with last_month as (
    select max(period_no) as period_no from {{ ref('int_calendar__periods') }} where calendar = 'month_end'
),

neighbours as (
    select
        things.customer_id,
        things.thing,
        things.name,
        things.period_no,
        lag(things.period_no) over (partition by customer_id, thing, name order by things.period_no) as previous_no,
        lead(things.period_no) over (partition by customer_id, thing, name order by things.period_no) as next_no
    from {{ ref('int_customer__things') }} as things
    inner join last_month on things.period_no <= last_month.period_no
    {%- if not is_due %}
    where false
    {%- endif %}
),

entered as (
    select customer_id, period_no, thing, count(*) as change, count(*) - count(previous_no) as is_new
    from neighbours
    where previous_no is null or previous_no + 12 <= period_no
    group by customer_id, period_no, thing
),

expired as (
    select customer_id, period_no + 12 as period_no, thing, -count(*) as change, 0 as is_new
    from neighbours
    where next_no is null or next_no >= period_no + 12
    group by customer_id, period_no, thing
),

changes as (
    select * from entered
    union all
    select * from expired
)

select
    customer_id,
    period_no,
    sum(case when thing = 'product' then change else 0 end) as products_12m_change,
    sum(case when thing = 'category' then change else 0 end) as categories_12m_change,
    sum(case when thing = 'product' then is_new else 0 end) as new_products,
    sum(case when thing = 'category' then is_new else 0 end) as new_categories
from changes
where
    period_no <= (select period_no from last_month)
    {%- if is_incremental() %}
    and period_no >= {{ month_no(stale_from()) }}
    {%- endif %}
group by customer_id, period_no
