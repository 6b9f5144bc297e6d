-- Who looks after whom.
select
    'M' || lpad(manager_no::varchar, 4, '0') || '/' || person || '/' || role as assignment,
    'M' || lpad(manager_no::varchar, 4, '0') as manager, record as customer, role, since::date as since,
    by_now(until)::date as until,
    greatest(since, by_now(until)) as updated_at, since as seen_at, null::timestamp as deleted_at
from looked_after
join (select person, record from records where not is_second) using (person)
order by person, manager_no, role
