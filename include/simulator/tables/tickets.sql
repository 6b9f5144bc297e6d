-- Complaints and service cases, as far as they have come.
with told as (
    select
        *,
        moment_after(opened_at, 0.05) as accepted_at,
        case when u(h, 'diagnosed') < 0.8 then first_answered_at + (solved_at - first_answered_at) / 2 end
            as diagnosed_at,
        case when complains and u(h, 'calls back') < case when is_bad then 0.15 else 0.85 end
            then moment_after(solved_at, 24 * (1 + 5 * u(h, 'calls back when'))) end as called_back_at,
        case when complains and u(h, 'improves') < 0.25 then moment_after(solved_at, 24 * 20) end as improved_at,
        moment_after(solved_at, 6) as closed_at,
        case when is_bad and u(h, 'escalates') < 0.5 then moment_after(opened_at, 50) end as escalated_at
    from tickets
)

select
    'T' || ticket_no as ticket, record as customer, told.order_no, opened_at as opened, kind as type,
    priority as urgency,
    case when by_now(closed_at) is not null then 'closed' when by_now(solved_at) is not null then 'solved'
        when u(told.h, 'pauses') < 0.15 and by_now(first_answered_at) is not null then 'waiting'
        else 'open' end as state,
    one_of(['app', 'phone', 'chat', 'email'], told.h, 'came by') as via,
    topic, case when priority = 'p0' and u(told.h, 'goes to the crisis team') < 0.8 then 'crisis'
        when kind = 'complaint' then 'complaints' else 'service' end as team,
    'G' || (told.person // 200 % 40) as agent,
    by_now(accepted_at) as accepted, by_now(first_answered_at) as answered, by_now(diagnosed_at) as diagnosed,
    by_now(solved_at) as solved, by_now(called_back_at) as called_back, by_now(improved_at) as improved,
    by_now(closed_at) as closed, by_now(escalated_at) as escalated,
    case when by_now(solved_at) is not null then paused_minutes end as paused,
    case when complains and by_now(diagnosed_at) is not null then u(told.h, 'is right') < 0.8 end as is_right,
    case when by_now(diagnosed_at) is not null then topic end as cause,
    case when by_now(diagnosed_at) is not null then
        case topic when 'delivery' then 'logistics' when 'quality' then 'purchasing' when 'price' then 'marketing'
            when 'staff' then 'stores' else 'service' end end as caused_by,
    case when complains and by_now(solved_at) is not null and u(told.h, 'compensated') < 0.4
        then round(10 + 40 * u(told.h, 'compensation'), 2)::decimal(18, 4) end as compensation,
    'The customer ' || case when complains then 'complains' else 'asks' end || ' about ' || topic as words,
    greatest(opened_at, by_now(accepted_at), by_now(first_answered_at), by_now(diagnosed_at), by_now(solved_at),
        by_now(called_back_at), by_now(improved_at), by_now(closed_at), by_now(escalated_at)) as updated_at,
    opened_at as seen_at, null::timestamp as deleted_at
from told
join (select order_no, record from orders) using (order_no)
order by told.ticket_no
