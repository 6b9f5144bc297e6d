-- The price band of every product within its category at each of the latest as-of dates, by what it cost before discounts
-- in the months that count. Products without a category are compared with one another.
{{ config(
    materialized=kept(), pre_hook="{{ forget_stale('as_of_date') }}", post_hook="{{ forget_all_but_latest(13) }}"
) }}
with sold as (
    select
        dates.as_of_date,
        lines.product_id,
        {{ ratio('sum(lines.amount + coalesce(lines.discount_amount, 0))', 'sum(lines.quantity)') }} as price
    from {{ ref('fct_order_items') }} as lines
    inner join ({{ preference_dates() }}) as dates on lines.ordered_on between dates.counts_from and dates.as_of_date
    where
        lines.kind = 'sale' and lines.quantity > 0 and lines.amount is not null and lines.product_id is not null
        and {{ only_stale('dates.as_of_date') }}
    group by dates.as_of_date, lines.product_id
),

ranked as (
    select
        sold.as_of_date,
        sold.product_id,
        sold.price,
        rank() over (partition by sold.as_of_date, products.category order by sold.price) - 1 as below,
        count(*) over (partition by sold.as_of_date, products.category order by sold.price) as up_to,
        count(*) over (partition by sold.as_of_date, products.category) as size
    from sold
    left join {{ ref('dim_product') }} as products on sold.product_id = products.product_id
),

placed as (
    select as_of_date, product_id, price, {{ percentile_rank('below', 'up_to', 'size') }} as place
    from ranked
    cross join {{ source('policy', 'preference_settings') }} as settings
    where ranked.size >= settings.minimum_products
)

select placed.as_of_date, placed.product_id, placed.price, placed.place, min_by(bands.band, bands.position) as band
from placed
inner join {{ source('policy', 'preference_price_bands') }} as bands on placed.place <= bands.up_to_share
group by placed.as_of_date, placed.product_id, placed.price, placed.place
