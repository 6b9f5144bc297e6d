-- Lines sold at a known price, for the answer of quantities to prices.
{{ config(materialized='view') }}
select
    lines.customer_id,
    lines.product_id,
    lines.category,
    lines.ordered_on,
    cast(lines.quantity as double) as quantity,
    cast(coalesce(lines.unit_price, lines.amount / nullif(lines.quantity, 0)) as double) as unit_price,
    cast(lines.list_price as double) as list_price
from {{ ref('int_purchases__lines') }} as lines
cross join {{ source('policy', 'elasticity_settings') }} as settings
where lines.kind = 'sale' and lines.quantity > 0 and lines.category is not null
    and coalesce(lines.unit_price, lines.amount) > 0
    and lines.ordered_on >= {{ window_start(current_build('as_of_date'), 'settings.history_months') }}
