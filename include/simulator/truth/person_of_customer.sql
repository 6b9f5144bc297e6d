-- Who is behind each record, and in what it differs from the person.
select record as customer_key, case book when 'web' then 'web_customers' else 'store_members' end as table_name, person,
    is_second, has_typo, has_moved_phone, in_latin, contact_fault
from cards
where created_at < getvariable('now') and (deleted_at is null or deleted_at >= getvariable('now'))
order by person, record
