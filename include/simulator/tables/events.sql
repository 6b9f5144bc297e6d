-- What people do on web and app and at the till: sign up, look, buy, come back, and less when they are about to go.
with known as (
    select
        orders.*, arrives, lead(ordered_at) over (partition by person order by ordered_at, nth) as next_at,
        people.h as person_h, orders.record like 'W%' as is_web, people.channel_chance
    from orders join people using (person)
),

deeds as (
    select
        person * 10000 as event_no, h, person as who, record, created_at as happened, 'sign_up' as deed,
        null::bigint as product, null as coupon, null::double as seconds
    from cards where not is_second and book = 'web'
    union all
    select order_no * 10 + 1, h, person, record, moment_after(ordered_at, -0.1 - 0.3 * u(h, 'looks')), 'view',
        floor(u(h, 'looked at') * 1200)::bigint, null, 20 + 200 * u(h, 'looks long')
    from known where is_web and u(h, 'looks first') < 0.7
    union all
    select
        order_no * 10 + 2, h, person, record, ordered_at, case when is_web then 'purchase' else 'store_visit' end, null,
        case when has_coupon then 'CP5' end, 60 + 400 * u(h, 'buys long')
    from known
    union all
    -- Between two orders they come back once or twice; after the last one hardly.
    select order_no * 10 + 2 + n, seed_of(h, n), person, record,
        ordered_at + to_seconds(floor(u(seed_of(h, n), 'comes back') * epoch(least(
            case
                when is_last then ordered_at + interval 12 day
                else coalesce(next_at, ordered_at + interval 30 day)
            end, ordered_at + interval 60 day) - ordered_at))::bigint),
        one_of(['login', 'search', 'view', 'add_to_cart'], seed_of(h, n), 'does'),
        case when u(seed_of(h, n), 'does') >= 0.5 then floor(u(seed_of(h, n), 'at') * 1200)::bigint end,
        null, 10 + 300 * u(seed_of(h, n), 'stays')
    from known, unnest([1, 2]) as t(n)
    where is_web and u(seed_of(h, n), 'comes') < case when is_last then 0.2 else 0.6 end
)

select
    event_no, record as visitor, happened as ts, deed as action,
    case deed
        when 'store_visit' then 'store'
        when 'sign_up' then 'web'
        else one_of(['web', 'app'], h, 'screen')
    end as via,
    'V' || (hash(record, happened::date) % 1000000000000) as visit, round(seconds, 1) as seconds,
    'P' || lpad(product::varchar, 4, '0') as sku, coupon,
    case when deed <> 'store_visit' then 'D' || digits(hash(record), 'device', 10) end as device,
    case when deed <> 'store_visit'
        then '10.' || (h % 256) || '.' || (h // 256 % 256) || '.' || (h // 65536 % 256) end as ip,
    happened as updated_at,
    case
        when u(h, 'offline app') < late_rows() then moment_after(happened, 20 + 40 * u(h, 'offline hours'))
        else happened
    end as seen_at,
    null::timestamp as deleted_at
from deeds
order by event_no
