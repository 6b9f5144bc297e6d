-- One row per product of any source.
select
    product_id,
    source,
    product_key,
    product_name,
    category,
    department,
    brand,
    manufacturer,
    unit_cost,
    list_price,
    margin_rate,
    kind,
    original_unit_cost,
    original_currency,
    exchange_rate
from {{ ref('stg_crm__products') }}
