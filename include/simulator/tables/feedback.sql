-- Reviews and posts, in Chinese and English. What many saw is answered in public, in time or not.
with answered as (
    select
        *,
        case when not is_good and u(h, 'answered') < 0.5 then moment_after(written_at, 1 + 20 * u(h, 'answered when')) end
            as answered_at,
        case when reach > 5000 then moment_after(written_at, 2 + 4 * u(h, 'stated')) end as statement_at,
        case when reach > 5000 then moment_after(written_at, 18 + 14 * u(h, 'planned')) end as plan_at
    from voices
)

select
    'F' || voice_no as post,
    case when kind = 'review' then record end as customer,
    written_at as written, kind as type,
    case
        when kind = 'review' then one_of(['shop', 'app'], h, 'reviewed in')
        else one_of(['weibo', 'x'], h, 'posted on')
    end as platform,
    language as lang,
    case
        when kind <> 'review' then null
        when is_good then 4 + (u(h, 'stars') < 0.6)::int
        else 1 + (u(h, 'stars') < 0.4)::int
    end as stars,
    text as body, order_no,
    case when kind = 'social' then 'true' else 'false' end as public,
    reach,
    by_now(answered_at) as answered, by_now(statement_at) as statement, by_now(plan_at) as plan,
    greatest(written_at, by_now(answered_at), by_now(statement_at), by_now(plan_at)) as updated_at,
    written_at as seen_at,
    null::timestamp as deleted_at
from answered
order by voice_no
