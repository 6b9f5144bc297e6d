-- Who brought whom: somebody who was there before.
with brought as (
    select person, h, arrives, (seed_of(h, 'brought by') % greatest(person, 1)::ubigint)::bigint as by_whom
    from people where acquired_by = 'referral' and person > 0 and not is_fake
),

bringers as (
    select person as by_whom,
        pow(u(hash(getvariable('seed'), 'person', person), 'arrival'), 1.6)
        * (datediff('day', getvariable('first'), getvariable('last')) + 1) * 0.98 as came,
        u(hash(getvariable('seed'), 'person', person), 'channel') as channel_chance
    from (select distinct by_whom as person from brought)
)

select
    'R' || brought.person as referral,
    case
        when channel_chance < web_only() + web_and_store() then web_key(by_whom)
        else store_key(by_whom)
    end as customer,
    case when by_now(moment_of(arrives)) is not null then record end as brought,
    moment_of(arrives - 5) as referred,
    case when by_now(moment_of(arrives)) is not null then 'bought' else 'invited' end as state,
    by_now(moment_of(arrives)) as bought,
    one_of(['link', 'card', 'app'], h, 'how') as via,
    case when by_now(moment_of(arrives)) is not null then 20 end::decimal(18, 4) as reward,
    greatest(moment_of(arrives - 5), by_now(moment_of(arrives))) as updated_at, moment_of(arrives - 5) as seen_at,
    null::timestamp as deleted_at
from brought
join bringers using (by_whom)
join (select person, record from records where not is_second) as own on own.person = brought.person
where came + 10 < arrives
order by brought.person
