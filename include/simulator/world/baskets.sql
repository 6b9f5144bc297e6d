-- Orders with what their lines come to and who is said to have bought; and the lines that were given back.
create or replace temp table baskets as
with sums as (
    select
        order_no,
        sum(round(unit_price * quantity, 2))::decimal(18, 4) as total,
        sum(round((list_price - unit_price) * quantity, 2))::decimal(18, 4) as discount
    from lines group by order_no
)

select
    orders.*, sums.total, sums.discount, account_no, orders.record like 'W%' as is_web,
    case when orders.record like 'W%' or u(orders.h, 'guest') >= guests() then orders.record end as customer,
    case when orders.record like 'S%'
        then 'ST' || lpad((place * 3 + floor(u(home, 'store') * 3))::bigint::varchar, 3, '0') end as shop,
    case
        when orders.record like 'S%' then 'store'
        else one_of(['web', 'app', 'app'], orders.h, 'screen')
    end as channel,
    case when orders.record like 'S%' then synced_at else ordered_at end as known_at,
    moment_after(ordered_at, 1) as paid_at,
    moment_after(ordered_at, 20) as shipped_at,
    money(case when orders.record like 'S%' then 0 else 8 + 10 * u(orders.h, 'freight') end) as freight
from orders
join sums using (order_no)
join people using (person)
left join memberships
    on orders.person = memberships.person and ordered_at > joins_at and u(orders.h, 'for account') < 0.7;

create or replace temp table given_back as
select
    baskets.*, 100000000000 + order_no as return_no, line_no, product, quantity, unit_price, list_price, unit_cost,
    round(unit_price * quantity, 2)::decimal(18, 4) as amount,
    moment_after(delivered_at, 24 + 300 * u(h, 'returned')) as returned_at
from baskets
join (select * exclude (person, ordered_at, discount) from lines where line_no % 10 = 1) using (order_no)
where u(h, 'returns') < returns();
