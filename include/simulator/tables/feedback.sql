-- Reviews and posts, in Chinese and English.
select
    'F' || voice_no as post, case when kind = 'review' then record end as customer, written_at as written,
    kind as type, case kind when 'review' then one_of(['shop', 'app'], h, 'reviewed in') else one_of(['weibo', 'x'], h, 'posted on') end
        as platform,
    language as lang,
    case when kind = 'review' then case when is_good then 4 + (u(h, 'stars') < 0.6)::int else 1 + (u(h, 'stars') < 0.4)::int end end
        as stars,
    text as body, order_no, case when kind = 'social' then 'true' else 'false' end as public, reach,
    case when not is_good and u(h, 'answered') < 0.5 then by_now(moment_after(written_at, 1 + 20 * u(h, 'answered when'))) end
        as answered,
    case when reach > 5000 then by_now(moment_after(written_at, 2 + 4 * u(h, 'stated'))) end as statement,
    case when reach > 5000 then by_now(moment_after(written_at, 18 + 14 * u(h, 'planned'))) end as plan,
    greatest(written_at,
        case when not is_good and u(h, 'answered') < 0.5 then by_now(moment_after(written_at, 1 + 20 * u(h, 'answered when'))) end,
        case when reach > 5000 then by_now(moment_after(written_at, 2 + 4 * u(h, 'stated'))) end,
        case when reach > 5000 then by_now(moment_after(written_at, 18 + 14 * u(h, 'planned'))) end) as updated_at,
    written_at as seen_at, null::timestamp as deleted_at
from voices order by voice_no
