-- Names and addresses of people. Those of a household share family name and address.
create or replace temp table faces as
with drawn as (
    select
        person, h, country, place, home,
        case
            when country = 'CN' then one_of(getvariable('zh_family'), home, 'family')[1]
            when country = 'DE' and is_common then one_of(getvariable('de_family'), home, 'family')
            when country = 'DE' then one_of(getvariable('de_family_head'), home, 'head')
                || one_of(getvariable('de_family_tail'), home, 'tail')
            when is_common then one_of(getvariable('en_family'), home, 'family')
            else one_of(getvariable('en_family_head'), home, 'head')
                || one_of(getvariable('en_family_tail'), home, 'tail')
        end as family,
        case country when 'CN' then one_of(getvariable('zh_family'), home, 'family')[2] end as family_latin,
        case country
            when 'CN' then one_of(getvariable('zh_given'), h, 'given')[1]
                || case when has_two then one_of(getvariable('zh_given'), h, 'given 2')[1] else '' end
            when 'DE' then one_of(getvariable('de_given'), h, 'given')
            else one_of(getvariable('en_given'), h, 'given') end as given,
        case country when 'CN' then one_of(getvariable('zh_given'), h, 'given')[2]
            || case when has_two then one_of(getvariable('zh_given'), h, 'given 2')[2] else '' end
        end as given_latin,
        case country
            when 'CN' then one_of(getvariable('zh_street'), home, 'street') || number_up_to(400, home) || '号'
            when 'DE' then one_of(getvariable('de_street'), home, 'street') || ' ' || number_up_to(120, home)
            else number_up_to(200, home) || ' ' || one_of(getvariable('en_street'), home, 'street')
        end as street,
        case country
            when 'CN' then '1' || one_of(['35', '36', '38', '39', '50', '58', '77', '86'], h, 'network')
                || digits(h, 'phone', 8)
            when 'DE' then '151' || digits(h, 'phone', 8)
            else one_of(['7400', '7511', '7700', '7802', '7911'], h, 'network') || digits(h, 'phone', 6) end as phone,
        case country
            when 'CN' then '1' || one_of(['35', '36', '38', '39'], h, 'new network') || digits(h, 'new phone', 8)
            when 'DE' then '160' || digits(h, 'new phone', 7)
            else one_of(['7400', '7511', '7911'], h, 'new network') || digits(h, 'new phone', 6) end as new_phone
    from (select *, u(home, 'common name') < 0.4 as is_common, u(h, 'two characters') < 0.7 as has_two from people)
)

select
    faces.* exclude (home, h, family_latin, given_latin, place),
    coalesce(family_latin, family) as family_latin,
    coalesce(upper(left(given_latin, 1)) || substr(given_latin, 2), given) as given_latin,
    case when faces.country = 'CN' then zh else city end as city,
    case faces.country
        when 'GB' then postal || floor(1 + u(home, 'postal') * 9)::int
            || one_of(['AA', 'BD', 'QT', 'LN', 'XY'], home, 'inward')
        when 'DE' then postal || digits(home, 'postal', 2)
        else postal || digits(home, 'postal', 2) end as postal_code
from drawn as faces
join places using (place);
