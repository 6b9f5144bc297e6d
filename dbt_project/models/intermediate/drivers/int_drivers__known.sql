-- One row per driver: what of the CRM it is computed from, and the first day that this is known of.
select 'purchase_intention' as driver, 'orders' as needs, min(ordered_on) as known_from from {{ ref('fct_orders') }}
union all
select 'acquisition_cost', 'marketing_spend', min(known_from)
from (
    select spend.spent_on as known_from
    from {{ ref('fct_marketing_spend') }} as spend
    inner join {{ source('policy', 'acquisition_purposes') }} as paid on spend.purpose = paid.purpose
    union all
    select created_on from {{ ref('fct_leads') }} where cost is not null
) as spent
union all
select 'recurring_revenue', 'orders', min(ordered_on) from {{ ref('fct_orders') }}
union all
select 'service_cost', 'service_costs', min(incurred_on) from {{ ref('fct_service_costs') }}
union all
select 'cross_sell', 'products', min(ordered_on)
from {{ ref('fct_order_items') }} as items
inner join {{ ref('dim_product') }} as products on items.product_id = products.product_id
cross join {{ source('policy', 'value_driver_settings') }} as settings
where
    case settings.cross_sell_of
        when 'category' then products.category
        when 'department' then products.department
        when 'brand' then products.brand
        when 'product' then products.product_id
    end is not null
union all
select 'discounts', 'orders.discount_amount', min(ordered_on)
from {{ ref('fct_orders') }}
where discount_amount is not null
union all
select 'renewal', 'subscriptions', min(starts_on) from {{ ref('fct_subscriptions') }}
union all
select 'migration', 'subscriptions', min(starts_on) from {{ ref('fct_subscriptions') }}
union all
select 'bad_debt', 'payments', min(issued_on) from {{ ref('fct_payments') }}
union all
select 'leaving', 'orders', min(ordered_on) from {{ ref('fct_orders') }}
union all
select 'win_back', 'orders', min(ordered_on) from {{ ref('fct_orders') }}
