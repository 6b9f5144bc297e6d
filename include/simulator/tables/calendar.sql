-- Holidays are known ahead, the weather when it has been.
with told as (
    select
        days.*, region,
        hash(getvariable('seed'), region, days.day) as h,
        by_now(date + interval 20 hour) as told_at
    from (select * exclude (chance) from days) as days, (select distinct region from places)
    where date <= getvariable('last')
)

select
    strftime(date, '%Y%m%d') || '-' || lower(region) as day_no,
    date as day, region,
    case when holiday is null then 'N' else 'Y' end as closed,
    holiday, event,
    case when told_at is not null then case when u(h, 'rain') < 0.3 then 'rain' else 'dry' end end as sky,
    case when told_at is not null then round(
        16 - 12 * cos(2 * pi() * (dayofyear(date) - 20) / 365) + 6 * (u(h, 'warm') - 0.5)
        + case region when 'South' then 6 when 'North' then -4 when 'Europe' then -6 else 0 end, 1
    ) end as celsius,
    case
        when told_at is null then null
        when u(h, 'rain') < 0.3 then round(20 * u(h, 'much'), 1)
        else 0
    end as rain_mm,
    greatest(getvariable('first')::timestamp, told_at) as updated_at,
    getvariable('first')::timestamp as seen_at,
    null::timestamp as deleted_at
from told
order by date, region
