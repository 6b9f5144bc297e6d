-- Questions that were put to customers after orders and tickets and once about what they need (KANO pairs), and to
-- colleagues about managers.
create or replace temp table questions as
with after_orders as (
    select
        order_no * 100 + 1 as answer_no, record, h, 'csat' as kind,
        one_of(['delivery', 'product', 'price', 'staff'], h, 'asked about') as about,
        moment_after(delivered_at, 30) as asked_at, order_no, null::varchar as ticket,
        4.2 - 1.6 * is_late::int - 0.3 * (segment = 'quality')::int + 1.1 * (u(h, 'mood') - 0.5) as feels
    from baskets where u(h, 'csat') < 0.06
),

after_some_orders as (
    select
        order_no * 100 + 2, record, h, 'nps', null, moment_after(ordered_at, 24 * 9), order_no, null,
        8.4 - 2.5 * is_late::int - 4 * is_last::int * u(h, 'sour') + 3.4 * (u(h, 'nps mood') - 0.5)
    from baskets where nth in (2, 6, 12, 24)
),

after_tickets as (
    select
        ticket_no * 100 + 3, record, tickets.h, 'csat', 'service', moment_after(solved_at, 20), null, 'T' || ticket_no,
        case when is_bad then 1.6 else 4.3 end + 1.2 * (u(tickets.h, 'ticket mood') - 0.5)
    from tickets join (select order_no, record from orders) using (order_no)
    where u(tickets.h, 'ticket csat') < 0.5
),

-- A quarter of those who are asked whether they recommend us are asked at once what they think of each dimension.
beside_some_orders as (
    select
        answer_no + 8 + row_number() over (partition by answer_no order by about), record,
        seed_of(seed_of(h, 'beside'), about), 'csat', about, asked_at, order_no, null,
        4.5 + weight * (feels - 8.4) + u(seed_of(seed_of(h, 'beside'), about), 'mood beside') - 0.5
    from after_some_orders as asked(answer_no, record, h, kind, nothing, asked_at, order_no, ticket, feels),
        (select about, weight from rating_drivers)
    where u(h, 'asked beside') < 0.25
),

about_needs as (
    select
        800000000000000 + person * 100 + need * 2 + side, record, seed_of(records.h, need),
        ['kano_functional', 'kano_dysfunctional'][1 + side], about, moment_of(arrives + 60), null, null,
        case
            when u(seed_of(records.h, need), 'typical') >= 0.7
                then 1 + floor(u(seed_of(records.h, need), 'answer' || side) * 5)
            when side = 0 then with_it
            else without_it
        end
    from records, needs, range(0, 2) as s(side)
    where not is_second and not is_fake and u(records.h, 'kano') < 0.08
),

about_managers as (
    -- Every quarter two colleagues say how well one works with a manager: 1 to 5, each manager about a mean of their own.
    select
        700000000000000 + manager_no * 1000 + quarter * 2 + colleague, null, seed_of(seed_of(h, quarter), colleague),
        'collaboration', 'collaboration', getvariable('first')::timestamp + to_days((quarter * 90 + 80)::int), null, null,
        2 + 2.5 * u(h, 'works together') + 1.5 * (u(seed_of(seed_of(h, quarter), colleague), 'rating') - 0.5)
    from manager_posts, range(0, 49) as q(quarter), range(0, 2) as c(colleague)
    where getvariable('first') + (quarter * 90 + 80)::int <= getvariable('last')
),

asked as (
    from after_orders
    union all from after_some_orders
    union all from beside_some_orders
    union all from after_tickets
    union all from about_needs
    union all from about_managers
)

select
    *,
    case when kind = 'collaboration' then 'M' || lpad((answer_no // 1000 % 100000000000)::varchar, 4, '0') end as manager,
    case when u(h, 'replies' || kind) < 0.55 then moment_after(asked_at, 40 * u(h, 'replies when')) end as replied_at,
    case kind when 'nps' then greatest(0, least(10, round(feels))) else greatest(1, least(5, round(feels))) end as score
from asked;
