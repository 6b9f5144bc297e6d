-- Lines sold at a known price, for the answer of quantities to prices: those of the source, since a price list that stays
-- while a rate of exchange moves is no change of price. What sells in several currencies counts as a product in each.
{{ config(materialized='view') }}
select
    lines.customer_id,
    case when lines.exchange_rate = 1 then lines.product_id else lines.product_id || ' ' || lines.original_currency end
        as product_id,
    lines.category,
    lines.ordered_on,
    cast(lines.quantity as double) as quantity,
    cast(coalesce(told.unit_price, told.amount / nullif(lines.quantity, 0)) as double) as unit_price,
    cast(told.list_price as double) as list_price
from {{ ref('int_purchases__lines') }} as lines
inner join {{ ref('stg_crm__order_items') }} as told on lines.order_item_id = told.order_item_id
cross join {{ source('policy', 'elasticity_settings') }} as settings
where lines.kind = 'sale' and lines.quantity > 0 and lines.category is not null
    and coalesce(told.unit_price, told.amount) > 0
    and lines.ordered_on >= {{ window_start(current_build('as_of_date'), 'settings.history_months') }}
