-- Who belongs to which account, and as what.
select
    'A' || account_no || '/' || memberships.person as membership,
    'A' || account_no as account,
    record as customer,
    case joined_as when 1 then 'owner' when 2 then 'buyer' when 3 then 'payer' else 'user' end as role,
    joined_as = 1 as is_main,
    joins_at::date as since,
    case when u(h, 'leaves account') < 0.1 then by_now(moment_after(joins_at, 24 * 200))::date end as until,
    greatest(joins_at, case when u(h, 'leaves account') < 0.1 then by_now(moment_after(joins_at, 24 * 200)) end)
        as updated_at,
    joins_at as seen_at, null::timestamp as deleted_at
from memberships
join (select person, record from records where not is_second) using (person)
order by account_no, memberships.person
