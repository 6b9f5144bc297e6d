-- Customers as the web shop knows them.
select
    record as cust_no,
    created_at as registered,
    full_name as name,
    case
        when contact_fault = 'email_without_at' then replace(email, '@', ' at ')
        when by_now(changes_email_at) is not null or record like '%-2' then other_email
        else email
    end as mail,
    case when contact_fault = 'placeholder_phone' then '0000000000'
        else case country when 'CN' then '+86 ' when 'DE' then '+49 ' else '+44 ' end || written_phone end as mobile,
    case when u(record_h, 'birthday') < 0.85 then born_on end as dob,
    case when u(record_h, 'sex told') < 0.9 then case when is_female then 'F' else 'M' end else 'U' end as sex,
    country as land,
    city as town,
    street,
    postal_code as zip,
    region,
    branch,
    acquired_by as source,
    case country when 'CN' then 'zh' when 'DE' then 'de' else 'en' end as language,
    case when u(h, 'accepts marketing') < 0.9 then 'yes' else 'no' end as newsletter,
    'D' || case when is_fake then digits(hash(person // 50), 'farm', 8) else digits(record_h, 'device', 10) end as device,
    case when in_household then 'H' || person // 2 end as household,
    case when in_household then case when person % 2 = 0 then 'head' else 'partner' end end as household_role,
    by_now(closed_at) as closed,
    case when by_now(closed_at) is not null then cause end as closed_because,
    case when greatest(created_at, by_now(changes_email_at), by_now(closed_at)) >= getvariable('column_added_at')
        then one_of(['A', 'B', 'C'], h, 'score class') end as score_class,
    greatest(created_at, by_now(changes_email_at), by_now(closed_at)) as updated_at,
    created_at as seen_at,
    deleted_at
from cards
left join (
    select person, moment_after(ordered_at, 24 * (20 + 60 * u(lives.h, 'closes'))) as closed_at,
        case when driven_out_after <= leaves_after then 'service' else own_cause end as cause
    from purchases join lives using (person)
    where is_last and u(lives.h, 'tells') < 0.3
) using (person)
where book = 'web'
order by person, record
