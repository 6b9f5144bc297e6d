-- Daily spending by channel, in step with how many it brings.
select
    strftime(date, '%Y%m%d') || '-' || channel as booking, date as day, channel,
    case when channel = 'store' then 'brand' else 'acquisition' end as purpose,
    round(
        cost * share * getvariable('customers') / (select count(*) from days)
        * pull * (0.8 + 0.4 * u(hash(getvariable('seed'), day, channel), 'spend')), 2
    )::decimal(18, 4) as amount,
    floor(cost * share * getvariable('customers') / (select count(*) from days) * 40)::bigint as views,
    floor(cost * share * getvariable('customers') / (select count(*) from days) * 1.1)::bigint as clicks,
    date::timestamp + interval 23 hour as updated_at,
    date::timestamp + interval 23 hour as seen_at,
    null::timestamp as deleted_at
from days, acquisition
where date <= getvariable('last')
order by day, channel
