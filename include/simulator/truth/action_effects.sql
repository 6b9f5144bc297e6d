-- Actions that were written back: whom each was for, what became of it, how many orders it makes on average, and whether it
-- made one.
select action_key, person, action, told_on, done_at, status, chance, is_moved
from doings where done_at < getvariable('now') order by action_key
