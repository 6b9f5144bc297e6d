-- All orders: those that come by themselves, less those that campaigns spoiled, and those that campaigns and actions made.
create or replace temp table placed as
with spoiled as (
    select person, nth
    from purchases
    join targets using (person)
    join people using (person)
    where is_annoyed and nth > 0 and ordered_at >= starts_on and ordered_at < ends_on + 1
        and u(hash(xor(purchases.h, targets.target_h)), 'spoiled') < -uplift
),

own as (
    select person, nth, h, ordered_at, is_last, null::bigint as campaign
    from purchases anti join spoiled using (person, nth)
),

made as (
    select
        person, 800 + campaign as nth, target_h as h,
        moment_of(datediff('day', getvariable('first'), starts_on) + u(target_h, 'when') * 14) as ordered_at,
        false as is_last, campaign
    from targets
    where buys_more
),

done as (
    select
        person, 949 + number as nth, action_h as h,
        moment_of(datediff('day', getvariable('first'), done_at) + 1 + 20 * u(action_h, 'when')) as ordered_at,
        false as is_last, null::bigint as campaign
    from doings
    where is_moved
)

from own union all from made union all from done;

create or replace temp table orders as
with credited as (
    select placed.person, placed.nth, max(targets.campaign) as credited_to
    from placed
    join targets using (person)
    where not is_control and u(placed.h, 'names it') < attributed()
        and ordered_at >= starts_on and ordered_at < ends_on + 1
    group by all
),

named as (
    select placed.* replace (coalesce(campaign, credited_to) as campaign)
    from placed
    left join credited using (person, nth)
)

select
    named.person * 1000 + nth as order_no,
    named.*,
    people.segment, people.region, people.elasticity,
    coalesce(campaigns.discount, 0) as campaign_discount,
    u(named.h, 'coupon') < people.coupons as has_coupon,
    record_of(people.person, people.h, arrives, channel_chance, ordered_at, u(named.h, 'online') < 0.6) as record,
    -ln((1 - u(named.h, 'z1')) * (1 - u(named.h, 'z2')) * (1 - u(named.h, 'z3')) * (1 - u(named.h, 'z4'))) / nu as worth,
    1 + (u(named.h, 'lines') < 0.45)::int + (u(named.h, 'lines') < 0.2)::int + (u(named.h, 'lines') < 0.07)::int as lines,
    moment_after(ordered_at, case when u(named.h, 'late') < late_deliveries() then 168 + 120 * u(named.h, 'arrives')
        else 36 + 60 * u(named.h, 'arrives') end) as delivered_at,
    u(named.h, 'late') < late_deliveries() as is_late,
    case when u(named.h, 'offline till') < late_rows()
        then moment_after(ordered_at, 24 + 40 * u(named.h, 'offline days')) else ordered_at end as synced_at,
    case when u(named.h, 'erased') < erased()
        then moment_after(ordered_at, 30 + 300 * u(named.h, 'erased when')) end as deleted_at
from named
join people using (person)
left join campaigns using (campaign);
