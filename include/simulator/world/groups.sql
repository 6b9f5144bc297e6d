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
    select person, h, person // 500 as manager_no, moment_of(arrives + 30) as since
    from people
    where nu < 0.012 and not is_fake  -- the dear ones: mean order over 330
)

select *, false as is_second_owner, 'owner' as role,
    case when u(h, 'changes hands') < 0.15 then moment_after(since, 24 * (60 + 200 * u(h, 'changes when'))) end as until
from chosen
union all
select person, h, manager_no // 2 * 2 + (manager_no + 1) % 2,
    moment_after(since, 24 * (60 + 200 * u(h, 'changes when'))), true, 'owner', null
from chosen where u(h, 'changes hands') < 0.15
union all
select person, h, manager_no // 2 * 2 + (manager_no + 1) % 2, moment_after(since, 240), false, 'support', null
from chosen where u(h, 'supported') < 0.2;
