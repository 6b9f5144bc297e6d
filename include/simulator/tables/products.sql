-- The catalogue, at the list prices of the half-year.
with priced as (
    select
        *,
        getvariable('now') - interval 1 second as at_last,
        date_trunc('year', getvariable('first')) as counted_from
    from catalogue
)

select
    'P' || lpad(product::varchar, 4, '0') as sku,
    zh || ' ' || category || ' ' || (product % 100) as title,
    category as class,
    department,
    one_of(['Yunhe', 'Northmoor', 'Elbtal', 'Qingshan', 'own brand'], h, 'brand') as brand,
    'M' || (product % 37) as maker,
    money(base_price * (1 - margin)) as cost,
    money(base_price * price_step(h, at_last)) as price,
    getvariable('first') - 100 as launched,
    greatest(
        getvariable('first')::timestamp,
        case when u(h, 'dearer') < 0.4
            then counted_from + to_months((datediff('month', counted_from, at_last) // 6 * 6)::int) end
    ) as updated_at,
    getvariable('first')::timestamp as seen_at,
    null::timestamp as deleted_at
from priced
order by product
