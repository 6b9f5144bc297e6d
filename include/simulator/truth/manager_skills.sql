-- How good each account manager is at keeping customers, from -1 to 1.
select 'M' || lpad(manager_no::varchar, 4, '0') as manager_key, manager_skill(manager_no) as skill
from manager_posts order by manager_no
