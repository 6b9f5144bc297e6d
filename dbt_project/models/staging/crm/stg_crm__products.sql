-- One row per product.
select
    {{ entity_id('product_key') }} as product_id,
    source,
    product_key,
    name as product_name,
    category,
    department,
    brand,
    manufacturer,
    unit_cost as original_unit_cost,
    {{ converted('unit_cost', 'exchange_rate') }} as unit_cost,
    {{ converted('list_price', 'exchange_rate') }} as list_price,
    margin_rate,
    kind,
    retired_on,
    original_currency,
    exchange_rate
from {{ priced('products', current_build('as_of_date')) }} as products
