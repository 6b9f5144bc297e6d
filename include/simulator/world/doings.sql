-- What was done because the project said so: actions that it wrote back, which of them reached the customer, and whom that
-- moved to one more order, be they still there or long gone.
create or replace temp table doings as
with known as (
    select person, h, is_buyer, unnest([web_key(person), web_key(person) || '-2', store_key(person)]) as customer
    from people
),

told as (
    select known.*, actions_told.* exclude (customer), hash(xor(known.h, hash(action_key))) as action_h
    from actions_told
    join known using (customer)
),

answered as (
    select
        *,
        moment_of(datediff('day', getvariable('first'), told_on) + 1 + 2 * u(action_h, 'done when')) as done_at,
        case
            when u(action_h, 'answer') < action_fails() then 'failed'
            when u(action_h, 'answer') < action_fails() + action_declined() then 'declined'
            else 'done'
        end as status
    from told
)

select
    answered.*,
    coalesce(actions.orders, 0) as chance,
    row_number() over (partition by person order by told_on, action_key) as number,
    status = 'done' and is_buyer and u(action_h, 'moved') < coalesce(actions.orders, 0)
        and row_number() over (partition by person order by told_on, action_key) <= 50 as is_moved
from answered
left join actions on answered.action = actions.action;
