-- One row per order line of the orders up to the as-of date, with what its goods cost us and how that is known.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('ordered_on') }}") }}
with orders as (
    select order_id, source, order_key, customer_id, ordered_on
    from {{ ref('stg_crm__orders') }}
    where ordered_on <= {{ current_build('as_of_date') }} and {{ only_stale('ordered_on') }}
),

lines as (
    select
        items.*,
        orders.order_id as id_of_order,
        orders.customer_id,
        orders.ordered_on,
        coalesce(items.unit_cost, products.unit_cost) as known_unit_cost,
        case when items.kind = 'return' then -abs(items.quantity) else items.quantity end as signed_quantity,
        coalesce(products.margin_rate, settings.margin_rate) as margin_rate,
        case
            when items.kind = 'adjustment' then 'none'
            when items.unit_cost is not null and items.quantity is not null then 'line'
            when products.unit_cost is not null and items.quantity is not null then 'product'
            when products.margin_rate is not null then 'product_rate'
            else 'policy'
        end as cost_basis
    from {{ ref('stg_crm__order_items') }} as items
    inner join orders on items.source = orders.source and items.order_key = orders.order_key
    left join {{ ref('dim_product') }} as products on items.product_id = products.product_id
    cross join {{ source('policy', 'clv_settings') }} as settings
)

select
    order_item_id,
    id_of_order as order_id,
    source,
    customer_id,
    product_id,
    ordered_on,
    kind,
    quantity,
    unit_price,
    list_price,
    known_unit_cost as unit_cost,
    amount,
    discount_amount,
    coupon_key,
    {{ money("case
        when cost_basis = 'none' then 0
        when cost_basis in ('line', 'product') then " ~ product('signed_quantity', 'known_unit_cost') ~ "
        else amount * (1 - margin_rate)
    end") }} as cost_amount,
    cost_basis
from lines
