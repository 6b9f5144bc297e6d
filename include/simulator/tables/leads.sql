-- Half of the customers came as leads; and leads that came to nothing, some of them false.
with won as (
    select
        'L' || person as lead, person, h, acquired_by, region, email, written_phone, full_name, record,
        'D' || digits(record_h, 'device', 10) as device,
        moment_after(created_at, -24 * (1 + 20 * u(h, 'lead time'))) as came_at,
        moment_after(created_at, -12 * (1 + u(h, 'lead time'))) as spoken_at,
        moment_after(created_at, -4) as fit_at, created_at as won_at, null::timestamp as lost_at, false as is_false
    from cards
    where not is_second and not is_fake and u(h, 'was lead') < 0.5
),

unwon as (
    select
        'L' || person || 'X', person, seed_of(h, 'lead') as lead_h, acquired_by, region,
        'lead' || digits(h, 'lead mail', 6) || '@web.example', '1500' || digits(h, 'lead phone', 6), 'Lead ' || person,
        null::varchar,
        'D' || case when is_fake then digits(hash(person // 50), 'farm', 8) else digits(h, 'lead device', 10) end,
        moment_of(arrives), moment_of(arrives + 1 + 3 * u(h, 'lead speed')),
        case when not is_fake and u(h, 'lead fits') < 0.4 then moment_of(arrives + 5 + 3 * u(h, 'lead speed')) end,
        null::timestamp, moment_of(arrives + 9 + 30 * u(h, 'lead lost')), is_fake
    from people
    where u(h, 'other lead') < 0.6
)

select
    lead,
    case when by_now(won_at) is not null then record end as customer,
    came_at as created, acquired_by as source,
    case
        when by_now(won_at) is not null then 'W'
        when by_now(lost_at) is not null then case when is_false then 'F' else 'L' end
        when by_now(fit_at) is not null then 'Q' when by_now(spoken_at) is not null then 'C' else 'N'
    end as stage,
    by_now(spoken_at) as spoken, by_now(fit_at) as fit, by_now(won_at) as won, by_now(lost_at) as lost,
    case when by_now(lost_at) is not null
        then one_of(['price', 'no answer', 'chose another'], h, 'why lost') end as lost_why,
    money(round(100 + 900 * u(h, 'hoped'), 0)) as hoped,
    money(5 + 20 * u(h, 'lead cost')) as cost,
    'M' || lpad((person // 500)::varchar, 4, '0') as worked_by, region,
    email as mail, written_phone as mobile, full_name as name, device,
    greatest(came_at, by_now(spoken_at), by_now(fit_at), by_now(won_at), by_now(lost_at)) as updated_at,
    came_at as seen_at, null::timestamp as deleted_at
from (from won union all from unwon) order by lead
