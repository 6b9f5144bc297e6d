-- One row per customer and category (or what cross_sell_of names) that they first bought in a month after their first day.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('as_of_date') }}") }}
with labelled as (
    select
        items.customer_id,
        items.ordered_on,
        items.amount,
        case settings.cross_sell_of
            when 'category' then products.category
            when 'department' then products.department
            when 'brand' then products.brand
            when 'product' then items.product_id
        end as label
    from {{ ref('fct_order_items') }} as items
    left join {{ ref('dim_product') }} as products on items.product_id = products.product_id
    cross join {{ source('policy', 'value_driver_settings') }} as settings
    where items.kind = 'sale' and items.customer_id is not null
        {%- if only_stale_is_made() %}
        and items.customer_id in (
            select customer_id from {{ ref('fct_order_items') }} where {{ only_stale_months('ordered_on') }}
        )
        {%- endif %}
),

months as (
    select
        customer_id,
        label,
        {{ month_end('ordered_on') }} as as_of_date,
        min(ordered_on) as first_on,
        sum(amount) as amount
    from labelled
    where label is not null
    group by customer_id, label, {{ month_end('ordered_on') }}
),

first_months as (
    select *
    from months
    qualify row_number() over (partition by customer_id, label order by as_of_date) = 1
)

select bought.customer_id, bought.label, bought.as_of_date, bought.first_on, {{ money('bought.amount') }} as amount
from first_months as bought
inner join {{ ref('dim_customer') }} as customers on bought.customer_id = customers.customer_id
where bought.first_on > customers.first_order_on and {{ only_stale_months('bought.first_on') }}
