-- The catalogue.
select
    'P' || lpad(product::varchar, 4, '0') as sku,
    zh || ' ' || category || ' ' || (product % 100) as title,
    category as class, department, one_of(['Yunhe', 'Northmoor', 'Elbtal', 'Qingshan', 'own brand'], h, 'brand') as brand,
    'M' || (product % 37) as maker,
    round(base_price * (1 - margin), 2)::decimal(18, 4) as cost,
    round(base_price * price_step(h, getvariable('now') - interval 1 second), 2)::decimal(18, 4) as price,
    getvariable('first') - 100 as launched,
    case when u(h, 'dearer') < 0.4
        then greatest(getvariable('first')::timestamp, date_trunc('year', getvariable('first')) + to_months(
            (datediff('month', date_trunc('year', getvariable('first')), getvariable('now') - interval 1 second) // 6 * 6)::int))
        else getvariable('first')::timestamp end as updated_at,
    getvariable('first')::timestamp as seen_at, null::timestamp as deleted_at
from catalogue
order by product
