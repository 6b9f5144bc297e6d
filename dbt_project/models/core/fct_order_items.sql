-- One row per order line of the orders up to the as-of date, with what its goods cost us and how that is known. Money
-- of a line is in its order's currency, the cost of a product in the product's: both by the rates of the order's day.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('ordered_on') }}") }}
with orders as (
    select order_id, source, order_key, customer_id, ordered_on, original_currency, exchange_rate
    from {{ ref('stg_crm__orders') }}
    where ordered_on <= {{ current_build('as_of_date') }} and {{ only_stale('ordered_on') }}
),

lines as (
    select
        items.*,
        orders.order_id as id_of_order,
        orders.customer_id,
        orders.ordered_on,
        orders.original_currency,
        orders.exchange_rate,
        products.original_unit_cost,
        case
            when products.original_currency is null or products.original_currency = {{ current_build('currency') }}
                then cast(1 as decimal(18, 10))
            else rates.exchange_rate
        end as rate_of_product,
        case when items.kind = 'return' then -abs(items.quantity) else items.quantity end as signed_quantity,
        products.margin_rate as rate_of_margin,
        settings.margin_rate as rate_of_policy
    from {{ ref('stg_crm__order_items') }} as items
    inner join orders on items.source = orders.source and items.order_key = orders.order_key
    left join {{ ref('dim_product') }} as products on items.product_id = products.product_id
    left join {{ ref('stg_crm__exchange_rates') }} as rates
        on products.original_currency = rates.currency and orders.ordered_on = rates.day_on
    cross join {{ source('policy', 'clv_settings') }} as settings
),

in_workspace_currency as (
    select
        *,
        {{ converted('amount', 'exchange_rate') }} as own_amount,
        case
            when unit_cost is not null then {{ converted('unit_cost', 'exchange_rate') }}
            else {{ converted('original_unit_cost', 'rate_of_product') }}
        end as known_unit_cost
    from lines
),

costed as (
    select
        *,
        case
            when kind = 'adjustment' then 'none'
            when unit_cost is not null and quantity is not null then 'line'
            when known_unit_cost is not null and quantity is not null then 'product'
            when rate_of_margin is not null then 'product_rate'
            else 'policy'
        end as cost_basis
    from in_workspace_currency
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
    {{ converted('unit_price', 'exchange_rate') }} as unit_price,
    {{ converted('list_price', 'exchange_rate') }} as list_price,
    known_unit_cost as unit_cost,
    own_amount as amount,
    {{ converted('discount_amount', 'exchange_rate') }} as discount_amount,
    coupon_key,
    case
        when cost_basis = 'none' then {{ money(0) }}
        when cost_basis in ('line', 'product') then {{ money(product('signed_quantity', 'known_unit_cost')) }}
        else {{ money('own_amount * (1 - coalesce(rate_of_margin, rate_of_policy))') }}
    end as cost_amount,
    cost_basis,
    original_currency,
    exchange_rate
from costed
