-- What the web shop and the stores know of people. One person may be several records, and none of them says so.
create or replace temp table records as
with kept as (
    select
        *,
        moment_of(arrives) - interval 10 minute as first_at,
        channel_chance < web_only() + web_and_store() or is_fake as in_web,
        channel_chance >= web_only() and not is_fake as in_store,
        known_again_at(h, arrives) as later_at
    from people
),

listed as (
    select 'web' as book, web_key(person) as record, first_at as created_at, * from kept where in_web
    union all
    select 'web', web_key(person) || '-2', later_at, * from kept
    where in_web and not is_fake and u(h, 'registers twice') < registered_twice()
    union all
    select
        'store', store_key(person),
        case when in_web then later_at else first_at end, *
    from kept where in_store
)

select
    * exclude (in_web, in_store, first_at, later_at),
    seed_of(h, record) as record_h,
    created_at > first_at as is_second
from listed;
