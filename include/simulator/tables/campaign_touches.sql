-- Who was chosen, who was written to, and what they did about it.
with steps as (
    select
        targets.*, record, step,
        starts_on::timestamp + to_seconds(32400 + floor(u(target_h, 'sent') * 7200)::bigint + case step
            when 0 then 0
            when 1 then 60
            when 2 then 300
            when 3 then floor(7200 + 100000 * u(target_h, 'opens when'))::bigint
            else floor(110000 + 90000 * u(target_h, 'clicks when'))::bigint
        end) as happened
    from targets
    join (select person, record from records where not is_second) using (person), range(0, 5) as s(step)
    where step = 0
        or not is_control and (step = 1 or u(target_h, 'arrives') < 0.97 and (step = 2
            or (buys_more or u(target_h, 'opens') < case when is_there then 0.38 else 0.06 end)
            and (step = 3 or buys_more or u(target_h, 'clicks') < 0.2)))
),

answers as (
    select
        steps.*, order_no, ordered_at
    from (select * from steps where step = 0 and not is_control) as steps
    join (select person, campaign, arg_min(order_no, ordered_at) as order_no, min(ordered_at) as ordered_at
        from orders where campaign is not null group by all) using (person, campaign)
),

touches as (
    select (person * 1000 + campaign) * 10 + step as touch_no, campaign, record, is_control, channel, cost_per_contact,
        ['chosen', 'sent', 'delivered', 'opened', 'clicked'][1 + step] as what, happened, null::bigint as order_no
    from steps
    union all
    select (person * 1000 + campaign) * 10 + 9, campaign, record, is_control, channel, cost_per_contact, 'bought',
        ordered_at, order_no
    from answers
)

select
    touch_no, campaign, record as customer, what, case when is_control then 'control' else 'offer' end as arm,
    is_control as held_back, happened, channel,
    case when what = 'sent' then cost_per_contact end::decimal(18, 4) as cost,
    order_no, happened as updated_at, happened as seen_at, null::timestamp as deleted_at
from touches order by touch_no
