-- Holidays are known ahead, the weather when it has been.
select
    strftime(date, '%Y%m%d') || '-' || lower(region) as day_no, date as day, region, case when holiday is null then 'N' else 'Y' end as closed, holiday, event,
    case when by_now(date + interval 20 hour) is not null then case when u(h, 'rain') < 0.3 then 'rain' else 'dry' end end as sky,
    case when by_now(date + interval 20 hour) is not null then round(16 - 12 * cos(2 * pi() * (dayofyear(date) - 20) / 365)
        + case region when 'South' then 6 when 'North' then -4 when 'Europe' then -6 else 0 end + 6 * (u(h, 'warm') - 0.5), 1) end
        as celsius,
    case when by_now(date + interval 20 hour) is not null then case when u(h, 'rain') < 0.3 then round(20 * u(h, 'much'), 1)
        else 0 end end as rain_mm,
    greatest(getvariable('first')::timestamp, by_now(date + interval 20 hour)) as updated_at,
    getvariable('first')::timestamp as seen_at, null::timestamp as deleted_at
from (
    select days.* exclude (chance), region, hash(getvariable('seed'), region, days.day) as h
    from days, (select distinct region from places)
    where date <= getvariable('last')
)
order by date, region
