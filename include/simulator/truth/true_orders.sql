-- Orders by person, guests' too: the buying that the laws made, with what it was meant to be worth.
select order_no::varchar as order_key, person, ordered_at, total as amount, worth, nth between 800 and 949 as is_made_by_campaign,
    nth >= 950 as is_made_by_action
from baskets where known_at < getvariable('now') and (deleted_at is null or deleted_at >= getvariable('now'))
order by order_no
