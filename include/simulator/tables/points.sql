-- The points ledger: a point a yuan, double in the month of one's birthday, spent now and then, gone after a year.
with booked as (
    select
        order_no * 10 + 1 as entry, customer, moment_after(ordered_at, 24) as booked_at, 'E' as what,
        floor(total) as points, (ordered_at::date + 365) as expires, order_no
    from baskets where customer is not null
    union all
    select
        order_no * 10 + 2, customer, moment_after(ordered_at, 24), 'B', floor(total), (ordered_at::date + 365), order_no
    from baskets join people using (person)
    where customer is not null and month(born_on) = month(ordered_at) and u(people.h, 'birthday') < 0.6
    union all
    select order_no * 10 + 3, customer, ordered_at, 'S', -floor(total * 0.3), null, order_no
    from baskets where customer is not null and nth > 2 and u(h, 'spends points') < 0.1
    union all
    select order_no * 10 + 4, customer, moment_after(ordered_at, 24 * 366), 'X', -floor(total * 0.5), null, null
    from baskets where customer is not null and u(h, 'points expire') < 0.5
)

select
    entry, customer, booked_at as booked, what, points::bigint as points, expires, order_no,
    booked_at as updated_at, booked_at as seen_at, null::timestamp as deleted_at
from booked order by entry
