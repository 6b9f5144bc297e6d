-- What a customer did on a business day, and how long before that they had last bought.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('ordered_on') }}") }}
with days as (
    select
        customer_id,
        ordered_on,
        count(case when kind = 'sale' then 1 end) as orders,
        count(case when kind = 'return' then 1 end) as return_orders,
        count(case when lines is not null then 1 end) as orders_with_lines,
        count(case when discount_amount is not null then 1 end) as orders_with_discount,
        {{ money('coalesce(sum(gross_revenue), 0)') }} as gross_revenue,
        {{ money('coalesce(sum(returned_amount), 0)') }} as returned_amount,
        {{ money('coalesce(sum(net_revenue), 0)') }} as net_revenue,
        {{ money('coalesce(sum(gross_margin), 0)') }} as gross_margin,
        max(case when margin_is_assumed then 1 else 0 end) as assumed_margins,
        {{ money('coalesce(sum(shipping_amount), 0)') }} as shipping_amount,
        {{ money('coalesce(sum(discount_amount), 0)') }} as discount_amount,
        {{ money('coalesce(sum(units), 0)') }} as units,
        cast(coalesce(sum(lines), 0) as bigint) as lines
    from {{ ref('fct_orders') }}
    where customer_id is not null and {{ only_stale('ordered_on') }}
    group by customer_id, ordered_on
),

{% if is_incremental() -%}
earlier as (
    select customer_id, max(ordered_on) as last_on
    from {{ this }}
    where orders > 0 and customer_id in (select customer_id from days)
    group by customer_id
),

{% endif -%}
gaps as (
    select
        customer_id,
        ordered_on,
        {%- set before = 'lag(ordered_on) over (partition by customer_id order by ordered_on)' %}
        {%- set last_on = 'coalesce(' ~ before ~ ', last_on)' if is_incremental() else before %}
        {{ days_between(last_on, 'ordered_on') }} as gap_days
    from days
    {%- if is_incremental() %}
    left join earlier using (customer_id)
    {%- endif %}
    where orders > 0
)

select days.*, gaps.gap_days, {{ weekday('days.ordered_on') }} >= 6 as is_weekend
from days
left join gaps on days.customer_id = gaps.customer_id and days.ordered_on = gaps.ordered_on
