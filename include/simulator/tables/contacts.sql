-- Calls, chats and visits: about tickets, about orders, and from managers who care. Machines answer what they can.
with asked as (
    select
        ticket_no * 10 + n as contact_no, record, 'T' || ticket_no as ticket, seed_of(tickets.h, n) as h,
        moment_after(tickets.opened_at, case n when 1 then 0 else 12 end) as began_at, 'I' as direction,
        case when complains then 'complaint' else 'service' end as purpose, topic, null::varchar as manager,
        case when n = 2 then 1.0 when is_bad then 0.2 else 0.7 end as settles
    from tickets join (select order_no, record from orders) using (order_no), unnest([1, 2]) as t(n)
    where n = 1 or is_bad or u(tickets.h, 'again') < 0.3
    union all
    select
        order_no * 10 + 3, record, null, seed_of(h, 'asks'), moment_after(ordered_at, 3 + 40 * u(h, 'asks when')), 'I',
        'question', 'order', null, 0.85
    from orders where u(h, 'asks') < 0.06
    union all
    select
        900000000000000 + person * 1000 + n + is_second_owner::int * 500, web_or_store, null,
        seed_of(looked_after.h, n),
        moment_after(since, 24 * (7 + 30 * n + 10 * u(seed_of(looked_after.h, n), 'care day'))), 'O', 'care', 'care',
        'M' || lpad(manager_no::varchar, 4, '0'), 1.0
    from looked_after
    join (select person, record as web_or_store from records where not is_second) using (person), range(0, 12) as t(n)
    where role = 'owner' and (until is null or moment_after(since, 24 * (17 + 30 * n)) < until)
        and u(seed_of(looked_after.h, n), 'cares') < 0.7
),

answered as (
    select
        *,
        case when direction = 'O' then 'call' else one_of(['call', 'chat', 'email', 'chat'], h, 'way') end as way,
        case when direction = 'O' then 'manager' when u(h, 'who') < 0.4 then 'bot' when u(h, 'who') < 0.95 then 'agent'
            else 'nobody' end as who,
        5 + floor(-ln(1 - u(h, 'waits')) * case when u(h, 'who') < 0.4 then 4 else 45 end) as waited
    from asked
)

select
    contact_no, record as customer, ticket, began_at as began, way, direction, purpose, topic, who,
    case when who <> 'nobody' then began_at + to_seconds(waited::bigint) end as answered,
    case when is_handed_over then began_at + to_seconds(waited::bigint + 90) end as handed_over,
    case when way = 'chat' and waited > 15 then began_at + to_seconds(16) end as escalated,
    began_at + to_seconds(waited::bigint + 60 + floor(600 * u(h, 'lasts'))::bigint) as ended,
    case when who = 'nobody' then 'n' when u(h, 'settled') < settles then 'y' else 'n' end as settled,
    case when who = 'agent' or is_handed_over then 'G' || (h % 40) end as agent, manager,
    round(case who when 'bot' then 0.3 when 'agent' then 9 when 'manager' then 25 else 0 end
        + case when is_handed_over then 9 else 0 end, 2)::decimal(18, 4) as cost,
    began_at as updated_at, began_at as seen_at,
    case when u(h, 'contact erased') < erased()
        then moment_after(began_at, 24 * (5 + 60 * u(h, 'contact erased when'))) end as deleted_at
from (select *, who = 'bot' and u(h, 'hands over') < 0.35 as is_handed_over from answered)
order by contact_no
