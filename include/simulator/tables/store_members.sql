-- Customers as the stores' card desk knows them.
select
    record as card_no,
    created_at as issued,
    written_given as given,
    written_family as family,
    case
        when u(record_h, 'no address') < no_email() then null
        when u(record_h, 'other address') < 0.15 then other_email
        else email
    end as email,
    case
        when contact_fault = 'placeholder_phone' then '12345'
        when country = 'CN' then case when u(record_h, 'phone form') < 0.5 then '86' else '' end || written_phone
        when country = 'DE' then '0' || left(written_phone, 3) || '/' || substr(written_phone, 4)
        else '0' || left(written_phone, 4) || ' ' || substr(written_phone, 5)
    end as phone,
    case when u(record_h, 'birthday') < 0.6 then born_on end as birthday,
    case when u(record_h, 'sex told') < 0.7 then case when is_female then 2 else 1 end else 9 end as gender,
    country,
    city,
    street as address,
    postal_code as postcode,
    region,
    branch,
    'ST' || lpad((place * 3 + floor(u(home, 'store') * 3))::bigint::varchar, 3, '0') as store,
    created_at as updated_at,
    created_at as seen_at,
    deleted_at
from cards
where book = 'store'
order by person
