-- Answers to the questions, and the questions that nobody answered.
select
    answer_no,
    case kind when 'csat' then 'CS' when 'nps' then 'NPS' when 'collaboration' then 'TEAM' else 'KANO' end || '-' || strftime(asked_at, '%Y%m') as wave,
    record as customer, kind as question, about,
    case when by_now(replied_at) is not null then score end::int as score,
    asked_at as asked,
    by_now(replied_at) as replied,
    one_of(['email', 'app'], h, 'asked by') as via,
    order_no, ticket, manager,
    greatest(asked_at, by_now(replied_at)) as updated_at,
    asked_at as seen_at,
    null::timestamp as deleted_at
from questions
order by answer_no
