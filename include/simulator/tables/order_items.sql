-- Lines of orders and of returns.
with all_lines as (
    select
        line_no, order_no, 'P' || lpad(product::varchar, 4, '0') as sku, quantity as pieces,
        unit_price as price, list_price as list, unit_cost as cost,
        round(unit_price * quantity, 2)::decimal(18, 4) as paid,
        round((list_price - unit_price) * quantity, 2)::decimal(18, 4) as rebate,
        'S' as type, ordered_at as updated_at, known_at as seen_at, deleted_at
    from (select * exclude (discount, ordered_at, person) from lines) join baskets using (order_no)
    union all
    select
        100000000000 * 10 + line_no, return_no, 'P' || lpad(product::varchar, 4, '0'), -quantity,
        unit_price, list_price, unit_cost, -amount, 0, 'R', returned_at, returned_at,
        case when deleted_at is not null then greatest(deleted_at, returned_at) end
    from given_back
)

select * from all_lines order by line_no
