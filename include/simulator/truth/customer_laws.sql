-- The laws of each person, and what came of them by now.
select
    person, segment, country, acquired_by, is_buyer, is_fake, 1 / rate as mean_days_between_orders, dropout,
    4 / nu as mean_order_amount, elasticity, uplift,
    by_now(left_at) as left_at,
    case
        when by_now(left_at) is null then null
        when driven_out_after <= leaves_after then 'service'
        else own_cause
    end as cause
from lives left join departures using (person)
order by person
