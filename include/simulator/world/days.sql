-- Every day of the world with how much is bought on it (mean one), and holidays of the Chinese calendar.
create or replace table days as
with days as (
    select
        n as day,
        getvariable('first')::date + n::int as date,
        u(hash(getvariable('seed'), n), 'weather') as chance
    from range(0, datediff('day', getvariable('first'), getvariable('last')) + 2) as r(n)
),

spring_festivals as (
    select unnest([
        date '2019-02-05', date '2020-01-25', date '2021-02-12', date '2022-02-01', date '2023-01-22', date '2024-02-10',
        date '2025-01-29', date '2026-02-17', date '2027-02-06', date '2028-01-26', date '2029-02-13', date '2030-02-03'
    ]) as festival
),

named as (
    select
        days.*,
        case
            when festival is not null then 'Spring Festival'
            when month(date) = 10 and day(date) <= 7 then 'National Day'
            when month(date) = 5 and day(date) <= 3 then 'Labour Day'
            when month(date) = 1 and day(date) = 1 then 'New Year'
        end as holiday,
        case
            when month(date) = 11 and day(date) between 9 and 11 then 'Double Eleven'
            when month(date) = 6 and day(date) between 16 and 18 then 'Mid-year sale'
        end as event
    from days
    left join spring_festivals on date between festival and festival + 6
),

weighted as (
    select
        *,
        (1 + 0.15 * cos(2 * pi() * (dayofyear(date) - 330) / 365))
        * case when isodow(date) >= 6 then 1.25 else 0.9 end
        * case when event is not null then 2.2 when holiday is not null then 0.7 else 1 end as pull
    from named
)

select
    * replace (pull / avg(pull) over () as pull),
    (sum(pull) over (order by day rows unbounded preceding) - pull) / avg(pull) over () as before
from weighted;

-- Calendar days at every eighth of a season-adjusted day.
set variable season = (
    with marks as (select n / 8.0::double as adjusted from range(0, (select count(*) from days) * 8 + 2) as r(n))
    select list(least(day + (adjusted - before) / pull, (select max(day) + 1 from days)) order by adjusted)
    from marks asof join days on adjusted >= before
);
