-- Whether a ticket was handled badly, and whether it made the customer leave.
select 'T' || ticket_no as ticket_key, person, is_bad as was_handled_badly, is_last_straw as drove_out
from tickets where opened_at < getvariable('now') order by ticket_no
