-- Lines of orders: what an order is worth goes to products whose price fits, and the quantity answers the price.
create or replace temp table lines as
with shared as (
    select
        order_no, orders.person, ordered_at, orders.elasticity, has_coupon, campaign_discount,
        line, seed_of(orders.h, line) as line_h,
        worth / lines
            * (1 + case when lines = 1 then 0 when line % 2 = 1 then 0.5 else -0.5 end * u(orders.h, 'share')) as worth,
        -- A favourite category of one's own, and its companion.
        case
            when u(orders.h, 'category') < 0.55 then floor(u(people.h, 'favourite') * 12)::bigint
            else floor(u(orders.h, 'other') * 12)::bigint
        end as main_category
    from orders
    join people using (person)
    cross join unnest([1, 2, 3, 4]) as l(line)
    where line <= lines
),

chosen as (
    select
        *,
        1 + (u(line_h, 'units') < 0.35)::int + (u(line_h, 'units') < 0.08)::int as units,
        case
            when line = 1 then main_category
            when u(line_h, 'companion') < 0.6 then getvariable('partner')[1 + main_category]
            else floor(u(line_h, 'any') * 12)::bigint
        end as category_no
    from shared
),

priced as (
    select
        chosen.*, product, base_price, margin,
        round(base_price::double * price_step(catalogue.h, ordered_at), 2) as list_price,
        least(0.5, promotion(catalogue.h, ordered_at) + case when has_coupon then 0.05 else 0 end + campaign_discount)
            as discount
    from chosen
    join catalogue
        on product = category_no * 100
            + greatest(0, least(99, round(ln(greatest(worth / units, 1) / 8) / ln(1.05))::bigint))
)

select
    order_no * 10 + line as line_no, order_no, person, line, product, ordered_at, units, discount,
    round(list_price * (1 - discount), 2)::decimal(18, 4) as unit_price,
    list_price::decimal(18, 4) as list_price,
    round(base_price * (1 - margin), 2)::decimal(18, 4) as unit_cost,
    greatest(1, floor(wanted)::int + (u(line_h, 'rounding') < wanted - floor(wanted))::int) as quantity
from (
    select *, units * pow(list_price * (1 - discount) / base_price::double, elasticity) as wanted from priced
);
