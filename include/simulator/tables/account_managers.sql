-- Our people.
select
    'M' || lpad(manager_no::varchar, 4, '0') as manager,
    one_of(getvariable('en_given'), h, 'given') || ' ' || one_of(getvariable('zh_family'), h, 'family')[2] as name,
    'm' || manager_no || '@staff.example' as address,
    one_of(['junior', 'senior', 'key'], h, 'level') as level, 'Team ' || region as team, region, branch,
    case when manager_no % 10 > 0 then 'M' || lpad((manager_no // 10 * 10)::varchar, 4, '0') end as leader,
    getvariable('first') - (floor(u(h, 'hired') * 1500))::int as hired,
    case when u(h, 'leaves us') < 0.05 then by_now(getvariable('first')::timestamp + interval 300 day)::date end as gone,
    round(9000 + 12000 * u(h, 'pay'), 0)::decimal(18, 4) as pay, 150 as capacity,
    case when u(h, 'leaves us') < 0.05 then greatest(getvariable('first')::timestamp,
        by_now(getvariable('first')::timestamp + interval 300 day)) else getvariable('first')::timestamp end as updated_at,
    getvariable('first')::timestamp as seen_at, null::timestamp as deleted_at
from manager_posts order by manager_no
