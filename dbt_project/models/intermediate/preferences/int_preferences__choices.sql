-- How often customers chose what in the months before each of the latest as-of dates: channels and discounts of their
-- orders, categories and price bands of their lines.
{{ config(materialized='view') }}
{%- set orders -%}
    select customer_id, ordered_on, channel as choice from {{ ref('fct_orders') }} where kind = 'sale'
{%- endset %}
{%- set discounts -%}
    select
        customer_id,
        ordered_on,
        case when discount_amount > 0 or coupon_key is not null then 'discounted' else 'full_price' end as choice
    from {{ ref('fct_orders') }}
    where kind = 'sale' and discount_amount is not null
{%- endset %}
{%- set categories -%}
    select lines.customer_id, lines.ordered_on, products.category as choice
    from {{ ref('fct_order_items') }} as lines
    inner join {{ ref('dim_product') }} as products on lines.product_id = products.product_id
    where lines.kind = 'sale'
{%- endset %}
{{ choices_counted('channel', orders) }}
union all
{{ choices_counted('discount', discounts) }}
union all
{{ choices_counted('category', categories) }}
union all
select lines.customer_id, dates.as_of_date, 'price_band' as dimension, bands.band as choice, count(*) as choices
from {{ ref('fct_order_items') }} as lines
inner join ({{ preference_dates() }}) as dates on lines.ordered_on between dates.counts_from and dates.as_of_date
inner join {{ ref('int_preferences__price_bands') }} as bands
    on lines.product_id = bands.product_id and dates.as_of_date = bands.as_of_date
where lines.kind = 'sale' and lines.customer_id is not null
group by lines.customer_id, dates.as_of_date, bands.band
