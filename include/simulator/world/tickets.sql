-- Complaints and other cases that orders bring, and how they are handled. A bad one may be the last straw.
create or replace temp table tickets as
with raised as (
    select
        orders.*,
        lives.complaint_rate,
        is_last and driven_out_after <= leaves_after as is_last_straw,
        u(orders.h, 'complains') < complaint_rate as is_complaint,
        u(orders.h, 'complains') between complaint_rate and complaint_rate + other_tickets() as is_other
    from orders
    join lives using (person)
    where nth > 0
),

judged as (
    select
        *,
        is_last_straw or is_complaint as complains,
        -- Of the bad ones, those that drove somebody out are counted above already.
        is_last_straw or (is_complaint and u(h, 'handled') < badly_handled() * (1 - leave_after_bad())
            / (1 - badly_handled() * leave_after_bad())) as is_bad,
        moment_after(
            case when u(h, 'before delivery') < 0.2 then ordered_at else delivered_at end, 2 + 40 * u(h, 'raised')
        ) as opened_at
    from raised
    where is_last_straw or is_complaint or is_other
)

select
    order_no as ticket_no, order_no, person, h, opened_at, is_bad, complains, region, is_last_straw,
    case when complains then 'complaint' else one_of(['question', 'service', 'return'], h, 'ticket kind') end as kind,
    case when complains and u(h, 'urgency') < 0.03 then 'p0' when complains then one_of(['p1', 'p2'], h, 'priority')
        else one_of(['p2', 'p3'], h, 'priority') end as priority,
    case when is_late then 'delivery' when complains then one_of(['quality', 'delivery', 'price', 'staff'], h, 'topic')
        else one_of(['usage', 'delivery', 'invoice', 'exchange'], h, 'topic') end as topic,
    moment_after(opened_at, case when is_bad then 3 + 30 * u(h, 'first') when complains then 0.2 + 1.9 * u(h, 'first')
        else 0.3 + 26 * u(h, 'first') end) as first_answered_at,
    moment_after(opened_at, case when is_bad then 80 + 160 * u(h, 'solves') when complains then 3 + 42 * u(h, 'solves')
        else 27 + 60 * u(h, 'solves') end) as solved_at,
    case when u(h, 'pauses') < 0.15 then round(600 * u(h, 'pause')) else 0 end as paused_minutes
from judged;
