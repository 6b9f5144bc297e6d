-- Questions that were put to customers: after orders and tickets, and once about what they need (KANO pairs).
with asked as (
    select
        order_no * 100 + 1 as answer_no, record, baskets.h, 'csat' as kind, one_of(['delivery', 'product', 'price', 'staff'], baskets.h, 'asked about') as about,
        moment_after(delivered_at, 30) as asked_at, order_no, null::varchar as ticket,
        4.2 - 1.6 * is_late::int - 0.3 * (segment = 'quality')::int + 1.1 * (u(baskets.h, 'mood') - 0.5) as feels, 5 as most
    from baskets where u(baskets.h, 'csat') < 0.06
    union all
    select order_no * 100 + 2, record, baskets.h, 'nps', null, moment_after(ordered_at, 24 * 9), order_no, null,
        8.4 - 2.5 * is_late::int - 4 * is_last::int * u(baskets.h, 'sour') + 3.4 * (u(baskets.h, 'nps mood') - 0.5), 10
    from baskets where nth in (2, 6, 12, 24)
    union all
    select ticket_no * 100 + 3, record, tickets.h, 'csat', 'service', moment_after(solved_at, 20), null, 'T' || ticket_no,
        case when is_bad then 1.6 else 4.3 end + 1.2 * (u(tickets.h, 'ticket mood') - 0.5), 5
    from tickets join (select order_no, record from orders) using (order_no) where u(tickets.h, 'ticket csat') < 0.5
    union all
    select 800000000000000 + person * 100 + need * 2 + side, record, hash(xor(records.h, hash(need))),
        ['kano_functional', 'kano_dysfunctional'][1 + side],
        ['fast_delivery', 'easy_returns', 'gift_wrap', 'app_reminders', 'invoice_download', 'live_support'][1 + need],
        moment_of(arrives + 60), null, null,
        -- Must-be, must-be, attractive, indifferent, performance, performance: most answer so.
        case when u(hash(xor(records.h, hash(need))), 'typical') < 0.7
            then [[2, 2, 1, 3, 1, 1], [5, 5, 3, 3, 5, 5]][1 + side][1 + need]
            else 1 + floor(u(hash(xor(records.h, hash(need))), 'answer' || side) * 5) end, 5
    from records, range(0, 6) as n(need), range(0, 2) as s(side)
    where not is_second and not is_fake and u(records.h, 'kano') < 0.08
)

select
    answer_no, case kind when 'csat' then 'CS' when 'nps' then 'NPS' else 'KANO' end || '-' || strftime(asked_at, '%Y%m') as wave,
    record as customer, kind as question, about,
    case when u(h, 'replies' || kind) < 0.55 and by_now(moment_after(asked_at, 40 * u(h, 'replies when'))) is not null
        then greatest(case kind when 'nps' then 0 else 1 end, least(most, round(feels)))::int end as score,
    asked_at as asked,
    case when u(h, 'replies' || kind) < 0.55 then by_now(moment_after(asked_at, 40 * u(h, 'replies when'))) end as replied,
    one_of(['email', 'app'], h, 'asked by') as via, order_no, ticket,
    greatest(asked_at, case when u(h, 'replies' || kind) < 0.55 then by_now(moment_after(asked_at, 40 * u(h, 'replies when'))) end)
        as updated_at,
    asked_at as seen_at, null::timestamp as deleted_at
from asked order by answer_no
