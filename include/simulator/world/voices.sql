-- What people write, with its topic and mood. The app is a rising trouble in the last quarter of the time.
create or replace temp table voices as
with written as (
    select
        order_no as voice_no, person, record, order_no, seed_of(h, 'writes') as h,
        moment_after(delivered_at, 10 + 100 * u(h, 'writes when')) as written_at,
        u(h, 'content') < case when is_late or is_last then 0.25 else 0.8 end as is_good,
        case
            when is_late then 'delivery'
            else one_of(['quality', 'delivery', 'price', 'service', 'app'], h, 'writes of')
        end as topic, 'review' as kind
    from orders where u(h, 'writes') < 0.05
    union all
    select 700000000000000 + person, person, record, null, seed_of(h, 'posts'),
        getvariable('last')::timestamp - to_seconds(floor(u(h, 'posts when') * 0.25 * 86400
            * datediff('day', getvariable('first'), getvariable('last')))::bigint),
        false, 'app', 'social'
    from records where not is_second and not is_fake and u(h, 'posts') < 0.02
)

select written.*, language, text,
    case when kind = 'social' then floor(50 + 20000 * pow(u(written.h, 'reach'), 6))::bigint end as reach
from written
join (select person, country from people) using (person)
join (
    select *, row_number() over (partition by language, topic, mood order by text) - 1 as nth,
        count(*) over (partition by language, topic, mood) as many
    from texts
) as texts
    on texts.topic = written.topic and (mood = 'good') = is_good
    and language = case when country = 'CN' then 'zh' else 'en' end
    and nth = floor(u(written.h, 'words') * many);
