-- A campaign begins every thirty days and lasts fourteen.
create or replace table campaigns as
select
    n + 1 as campaign,
    getvariable('first')::date + (20 + 30 * n)::int as starts_on,
    getvariable('first')::date + (33 + 30 * n)::int as ends_on,
    one_of(['email', 'sms', 'app', 'wechat'], h, 'channel') as channel,
    ['retention', 'cross_sell', 'upgrade', 'win_back', 'loyalty'][1 + n % 5] as objective,
    one_of([0.05, 0.1, 0.15], h, 'discount') as discount,
    case one_of(['email', 'sms', 'app', 'wechat'], h, 'channel')
        when 'email' then 0.05
        when 'sms' then 0.12
        else 0.08
    end as cost_per_contact,
    case when n % 6 = 5 then 'Europe' end as region,
    h
from (
    select n, hash(getvariable('seed'), 'campaign', n) as h
    from range(0, greatest(1, datediff('day', getvariable('first'), getvariable('last')) // 30)) as r(n)
)
where getvariable('first')::date + (20 + 30 * n)::int <= getvariable('last')
order by campaign;
