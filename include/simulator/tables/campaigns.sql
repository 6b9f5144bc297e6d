-- Campaigns, announced a week ahead.
select
    campaign, 'Campaign ' || campaign as title, objective as goal, channel, starts_on - 7 as announced, starts_on as begins, ends_on as ends,
    round(500 + getvariable('customers') * targeted() * 0.7 * cost_per_contact, 2)::decimal(18, 4) as cost,
    round(1000 + getvariable('customers') * targeted() * cost_per_contact, 2)::decimal(18, 4) as budget,
    cost_per_contact::decimal(18, 4) as per_contact, coalesce(region, 'everywhere') as audience, region,
    (discount * 100)::int || ' % off' as offer, discount::double as discount, control() as held_back,
    starts_on::timestamp - interval 7 day as updated_at, starts_on::timestamp - interval 7 day as seen_at,
    null::timestamp as deleted_at
from campaigns order by campaign
