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
    unit_cost,
    list_price,
    margin_rate,
    kind,
    retired_on
from {{ source('crm', 'products') }}
