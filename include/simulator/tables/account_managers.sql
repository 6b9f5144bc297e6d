-- Our people.
with posts as (
    select
        *,
        getvariable('first')::timestamp as seen_at,
        case when u(h, 'leaves us') < 0.05 then by_now(getvariable('first')::timestamp + interval 300 day) end as left_at
    from manager_posts
)

select
    'M' || lpad(manager_no::varchar, 4, '0') as manager,
    one_of(getvariable('en_given'), h, 'given') || ' ' || one_of(getvariable('zh_family'), h, 'family')[2] as name,
    'm' || manager_no || '@staff.example' as address,
    one_of(['junior', 'senior', 'key'], h, 'level') as level,
    'Team ' || region as team, region, branch,
    case when manager_no % 10 > 0 then 'M' || lpad((manager_no // 10 * 10)::varchar, 4, '0') end as leader,
    getvariable('first') - (floor(u(h, 'hired') * 1500))::int as hired,
    left_at::date as gone,
    money(round(9000 + 12000 * u(h, 'pay'), 0)) as pay,
    150 as capacity,
    greatest(seen_at, left_at) as updated_at,
    seen_at,
    null::timestamp as deleted_at
from posts
order by manager_no
