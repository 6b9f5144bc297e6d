-- Whom each campaign chose, who was held back, and what that changed.
create or replace temp table departures as
select person, ordered_at as left_at from purchases where is_last;

create or replace temp table targets as
select
    campaigns.*, people.person, people.segment,
    hash(xor(people.h, campaigns.h)) as target_h,
    u(hash(xor(people.h, campaigns.h)), 'arm') < control() as is_control,
    left_at is null or left_at >= starts_on as is_there,
    is_buyer and uplift > 0 and (left_at is null or left_at >= starts_on)
        and u(hash(xor(people.h, campaigns.h)), 'arm') >= control()
        and u(hash(xor(people.h, campaigns.h)), 'moved') < uplift as buys_more,
    is_buyer and uplift < 0 and u(hash(xor(people.h, campaigns.h)), 'arm') >= control() as is_annoyed
from people
join campaigns
    on moment_of(arrives) < starts_on
    and u(hash(xor(people.h, campaigns.h)), 'chosen') < targeted()
    and (campaigns.region is null or campaigns.region = people.region)
left join departures using (person)
where u(people.h, 'accepts marketing') < 0.9 and not is_fake;
