-- Two people who live together.
select
    'H' || person // 2 as household, any_value(region) as region, 2 as persons, any_value(city) as city,
    min(moment_of(arrives)) - interval 10 minute as updated_at, min(moment_of(arrives)) - interval 10 minute as seen_at,
    null::timestamp as deleted_at
from people join places using (place, region)
where in_household
group by person // 2
order by person // 2
