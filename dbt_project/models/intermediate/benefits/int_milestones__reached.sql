-- The business day on which a customer reached each milestone of the policy, once, once a year, or at anniversaries.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('reached_on') }}") }}
with days as (
    select
        customer_id,
        ordered_on,
        orders,
        cast(extract(year from ordered_on) as integer) as year,
        sum(case when orders > 0 then 1 else 0 end) over (partition by customer_id order by ordered_on) as purchase_days,
        sum(net_revenue) over (partition by customer_id order by ordered_on) as lifetime_revenue,
        sum(net_revenue) over (partition by customer_id, extract(year from ordered_on) order by ordered_on) as year_revenue
    from {{ ref('int_customer__days') }}
    {%- if only_stale_is_made() %}
    where customer_id in (select customer_id from {{ ref('int_customer__days') }} where {{ only_stale('ordered_on') }})
    {%- endif %}
),

-- Each day of buying is counted once, so its bar is met on one day; revenue may pass a bar, fall below it and pass it again.
counted as (
    select days.customer_id, milestones.milestone, days.ordered_on as reached_on, days.purchase_days as value
    from days
    inner join {{ source('policy', 'milestones') }} as milestones
        on milestones.kind = 'purchase_days' and days.purchase_days = milestones.threshold
    where days.orders > 0
),

earned as (
    select
        days.customer_id,
        milestones.milestone,
        case when milestones.kind = 'year_revenue' then days.year else 1 end as occurrence,
        days.ordered_on as reached_on,
        case when milestones.kind = 'year_revenue' then days.year_revenue else days.lifetime_revenue end as value
    from days
    inner join {{ source('policy', 'milestones') }} as milestones
        on (milestones.kind = 'year_revenue' and days.year_revenue >= milestones.threshold)
        or (milestones.kind = 'lifetime_revenue' and days.lifetime_revenue >= milestones.threshold)
    qualify row_number() over (partition by customer_id, milestone, occurrence order by reached_on) = 1
),

first_sales as (
    select
        customer_id,
        first_order_on as first_sale_on,
        cast(extract(year from first_order_on) as integer) as first_year
    from {{ ref('dim_customer') }}
    where first_order_on is not null
),

anniversaries as (
    select
        first_sales.customer_id,
        milestones.milestone,
        years.year - first_sales.first_year as occurrence,
        {{ add_months('first_sales.first_sale_on', '12 * (years.year - first_sales.first_year)') }} as reached_on,
        years.year - first_sales.first_year as value
    from first_sales
    inner join (select distinct year from {{ ref('dim_date') }}) as years on years.year > first_sales.first_year
    inner join {{ source('policy', 'milestones') }} as milestones
        on milestones.kind = 'anniversary' and (years.year - first_sales.first_year) % milestones.threshold = 0
)

select customer_id, milestone, 1 as occurrence, reached_on, value from counted where {{ only_stale('reached_on') }}
union all
select * from earned where {{ only_stale('reached_on') }}
union all
select *
from anniversaries
where reached_on <= {{ current_build('as_of_date') }} and {{ only_stale('reached_on') }}
