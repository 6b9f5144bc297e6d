-- What became of the actions that the project wrote back.
select
    'A' || action_key as result, action_key as action, customer, status as state, done_at as at,
    done_at as updated_at, done_at as seen_at, null::timestamp as deleted_at
from doings
order by action_key
