-- Orders, and returns as orders of their own.
with all_orders as (
    select
        order_no, customer, ordered_at as placed, 'S' as type,
        case
            when by_now(delivered_at) is not null then 40
            when by_now(shipped_at) is not null then 30
            when by_now(paid_at) is not null then 20
            else 10
        end as state,
        total, discount, channel, shop, region, campaign,
        case when has_coupon then 'CP5' end as coupon,
        null::bigint as refers_to, 'A' || account_no as account, freight,
        by_now(delivered_at) as delivered,
        greatest(ordered_at, by_now(paid_at), by_now(shipped_at), by_now(delivered_at)) as updated_at,
        known_at as seen_at, deleted_at
    from baskets
    union all
    select
        return_no, customer, returned_at, 'R', 40, -amount, 0, channel, shop, region, null, null,
        order_no, 'A' || account_no, 0, null, returned_at, returned_at,
        case when deleted_at is not null then greatest(deleted_at, returned_at) end
    from given_back
)

select * from all_orders order by order_no
