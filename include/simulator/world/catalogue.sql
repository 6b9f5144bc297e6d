-- Twelve hundred products: a hundred prices, each five per cent dearer than the last, in twelve categories.
create or replace table catalogue as
select
    category_no * 100 + step as product,
    category, zh, department, margin, season,
    round(8 * pow(1.05, step), 2)::decimal(18, 4) as base_price,
    hash(getvariable('seed'), 'product', category_no * 100 + step) as h
from (select row_number() over () - 1 as category_no, * from categories), range(0, 100) as r(step)
order by product;

-- Prices of products by week: two in five go up by four per cent every half-year; one week in eight is a promotion.
create or replace macro price_step(h, moment) as
    case when u(h, 'dearer') < 0.4
        then round(pow(1.04, datediff('month', date_trunc('year', getvariable('first')), moment) // 6), 4) else 1 end;
create or replace macro promotion(h, moment) as
    case when u(hash(xor(h, hash(datediff('week', date '2000-01-03', moment)))), 'promoted') < 0.12
        then one_of([0.1, 0.2, 0.3], hash(xor(h, hash(datediff('week', date '2000-01-03', moment)))), 'discount')
        else 0 end;

create or replace table goes_with as
select a.category_no as category_no, b.category_no as other_no
from (select row_number() over () - 1 as category_no, * from categories) a
join (select row_number() over () - 1 as category_no, * from categories) b on a.goes_with = b.category
order by 1;
set variable partner = (select list(other_no order by category_no) from goes_with);
