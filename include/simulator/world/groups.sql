-- Accounts of forty neighbours, one manager for five hundred people, and whom managers look after.
create or replace temp table memberships as
select
    person // 40 as account_no, person, h,
    hash(getvariable('seed'), 'account', person // 40) as account_h,
    moment_of(arrives) as joins_at,
    row_number() over (partition by person // 40 order by arrives, person) as joined_as
from people
where u(hash(getvariable('seed'), 'account', person // 40), 'exists') < 0.5 and u(h, 'member') < 0.12 and not is_fake;

create or replace temp table manager_posts as
with posts as (
    select distinct n as manager_no, hash(getvariable('seed'), 'manager', n) as h
    from people, unnest([person // 1000 * 2, person // 1000 * 2 + 1]) as t(n)
)

select posts.*, region, branch
from posts join places on u(h, 'place') >= low and u(h, 'place') < high;

create or replace temp table looked_after as
with chosen as (
    select person, h, person // 500 as manager_no, person // 500 // 2 * 2 + (person // 500 + 1) % 2 as neighbour,
        moment_of(arrives + 30) as since
    from people
    where is_dear
),

silences as (
    select person, min(ordered_at) + to_days(quiet_days()::int) as quiet_at
    from (
        select person, ordered_at, lead(ordered_at) over (partition by person order by ordered_at) as next_at
        from purchases
    )
    join chosen using (person)
    where ordered_at >= since and (next_at is null or next_at > ordered_at + to_days(quiet_days()::int))
    group by person
),

handed_on as (
    select
        chosen.*,
        case
            when manager_skill(manager_no) < manager_skill(neighbour) and quiet_at is not null
                and u(h, 'is handed over') < quiet_to_better() then quiet_at
            when u(h, 'changes hands') < 0.15 then moment_after(since, 24 * (60 + 200 * u(h, 'changes when')))
        end as until
    from chosen left join silences using (person)
)

select person, h, manager_no, since, false as is_second_owner, 'owner' as role, until from handed_on
union all
select person, h, neighbour, until, true, 'owner', null from handed_on where until is not null
union all
select person, h, neighbour, moment_after(since, 240), false, 'support', null from handed_on where u(h, 'supported') < 0.2;
