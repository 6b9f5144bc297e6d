-- What serving costs: people and goods for each ticket, and machines a month for everybody.
with booked as (
    select 'K' || ticket_no as booking, record as customer, moment_after(solved_at, 8) as booked_at, 'people' as type,
        round(15 + 60 * u(tickets.h, 'handling') * case when is_bad then 2 else 1 end, 2) as cost,
        'T' || ticket_no as ticket
    from tickets join (select order_no, record from orders) using (order_no)
    union all
    select 'Q' || return_no, customer, returned_at, 'logistics', 12, null from given_back
    union all
    select
        'Z' || strftime(month, '%Y%m') || '-' || low, null, month + interval 12 hour, 'technology',
        round(people * (0.6 + 0.2 * u(hash(getvariable('seed'), month), 'machines')), 2), null
    from (select min(person) as low, count(*) as people from people having count(*) > 0),
        (select unnest(generate_series(
            date_trunc('month', getvariable('first')::timestamp) + interval 1 month, getvariable('last')::timestamp,
            interval 1 month
        )) as month)
)

select
    booking, customer, booked_at::date as day, type, cost::decimal(18, 4) as cost, ticket,
    booked_at as updated_at, booked_at as seen_at, null::timestamp as deleted_at
from booked order by booking
