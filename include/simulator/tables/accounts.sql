-- Organisations that some people buy for, some of them branches of a group.
select
    'A' || account_no as account,
    one_of(['Yun', 'Hai', 'North', 'Elb', 'Feng', 'Park', 'Long'], min(account_h), 'name 1')
        || one_of([' Trading', ' Foods', ' Hotels', ' School', ' Studio', ' Clinic'], min(account_h), 'name 2')
        || ' ' || account_no as name,
    case when u(min(account_h), 'branch') < 0.2 then 'branch' else 'organisation' end as type,
    case when u(min(account_h), 'branch') < 0.2 and account_no % 10 > 0 then 'A' || account_no // 10 * 10 end as parent,
    min(joins_at) as opened,
    one_of(['hospitality', 'education', 'retail', 'health', 'design'], min(account_h), 'industry') as industry,
    one_of(['S', 'M', 'L'], min(account_h), 'size') as size,
    (10 + floor(pow(u(min(account_h), 'employees'), 4) * 2000))::bigint as employees,
    arg_min(region, joined_as) as region, arg_min(country, joined_as) as country, arg_min(branch, joined_as) as branch,
    count(*) >= 5 as is_key,
    round(count(*) * (2000 + 8000 * u(min(account_h), 'target')), 0)::decimal(18, 4) as target,
    round(5000 + 45000 * u(min(account_h), 'limit'), 0)::decimal(18, 4) as credit_limit,
    30 as term_days,
    min(joins_at) as updated_at, min(joins_at) as seen_at, null::timestamp as deleted_at
from memberships
join (select person, region, country, branch from people) using (person)
group by account_no
order by account_no
