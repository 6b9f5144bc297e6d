-- Products that can be recommended or not: when they were last sold, and whether they are out of the range.
{{ config(materialized='view') }}
with sold as (
    select product_id, max(ordered_on) as last_sold_on
    from {{ ref('int_purchases__lines') }}
    where kind = 'sale'
    group by product_id
)

select
    sold.product_id,
    sold.last_sold_on,
    products.retired_on
from sold
left join {{ ref('stg_crm__products') }} as products on sold.product_id = products.product_id
