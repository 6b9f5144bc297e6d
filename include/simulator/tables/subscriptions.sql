-- Memberships of the club in terms of three months or a year: renewed, moved to another plan, or ended.
with members as (
    select person, h, arrives, record, ['monthly', 'yearly'][1 + (u(h, 'yearly') < 0.3)::int] as billed,
        case when u(h, 'yearly') < 0.3 then 365 else 90 end as days,
        moment_of(arrives + 20 + 60 * u(h, 'joins club')) as joins_at
    from (select person, record from records where not is_second and not is_fake) join people using (person)
    where u(h, 'club') < 0.14
),

terms as (
    select *, term, seed_of(h, 'term' || term) as term_h,
        joins_at::date + (days * term)::int as starts_on, joins_at::date + (days * (term + 1) - 1)::int as ends_on,
        min(case when u(seed_of(h, 'term' || term), 'renews') >= 0.82 then term end)
            over (partition by person) as last_term,
        sum(case when u(seed_of(h, 'term' || term), 'plan') < 0.12 then 1
            when u(seed_of(h, 'term' || term), 'plan') > 0.93 then -1 else 0 end)
            over (partition by person order by term) as moves
    from members, range(0, 49) as t(term)
    where joins_at::date + (days * term)::int <= getvariable('last')
),

planned as (
    select
        *,
        least(2, greatest(0, floor(u(h, 'first plan') * 2)::int + case when term = 0 then 0 else moves end))::int as level
    from terms where term <= coalesce(last_term, term)
),

followed as (
    select *, lead(level) over (partition by person order by term) as next_level,
        lag(term) over (partition by person order by term) as former,
        case when term = last_term then moment_after(ends_on::timestamp, 24 * (1 - floor(u(term_h, 'ends early') * 40)))
            else ends_on::timestamp + interval 1 day end as ends_at
    from planned
)

select
    'B' || person || '-' || term as term_no, 'B' || person || '-' || former as follows,
    record as customer, ['basic', 'plus', 'pro'][1 + level] as plan,
    ([9, 19, 39][1 + level] * case billed when 'yearly' then 10 else 1 end)::decimal(18, 4) as price,
    case billed when 'yearly' then 'Y' else 'M' end as billed,
    case when by_now(ends_at) is not null then 'ended' else 'active' end as state, starts_on as begins, ends_on as ends,
    case when u(h, 'automatic') < 0.7 then 'yes' else 'no' end as automatic, by_now(ends_at) as ended,
    case when by_now(ends_at) is not null then case when term = last_term
        then case when ends_at < ends_on then 'cancelled' else 'lapsed' end
        when next_level is distinct from level then 'moved' else 'renewed' end end as how,
    case when by_now(ends_at) is not null and term = last_term
        then one_of(['price', 'not used', 'competitor'], term_h, 'why') end as why,
    greatest(starts_on::timestamp, by_now(ends_at)) as updated_at,
    starts_on::timestamp as seen_at,
    null::timestamp as deleted_at
from followed order by person, term
