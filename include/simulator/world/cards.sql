-- What a record says of the person: the same, or the same with errors, moved, in other letters.
create or replace temp table cards as
with spelt as (
    select
        records.*, faces.* exclude (person, country),
        is_second and u(record_h, 'typo') < typos() as has_typo,
        is_second and u(record_h, 'moved phone') < moved_phone() as has_moved_phone,
        records.country = 'CN' and is_second and u(record_h, 'latin') < 0.12 as in_latin
    from records
    join faces using (person)
),

named as (
    select
        *,
        case when in_latin then family_latin else family end as written_family,
        case
            when has_typo and not in_latin then mistyped(given, record_h)
            when in_latin then given_latin
            when is_second and country <> 'CN' and u(record_h, 'initial') < 0.06 then left(given, 1) || '.'
            else given
        end as written_given,
        regexp_replace(lower(strip_accents(given_latin || '.' || family_latin)), '[^a-z.]', '', 'g') as letters
    from spelt
)

select
    * exclude (letters),
    case when country = 'CN' and not in_latin then written_family || written_given
        when u(record_h, 'name order') < 0.06 then written_family || ', ' || written_given
        else written_given || ' ' || written_family end as full_name,
    letters || digits(h, 'mail number', 3) || '@'
        || one_of(['mail.example', 'post.example', 'inbox.example'], h, 'host') as email,
    regexp_replace(letters, '[.].*', '') || digits(record_h, 'other number', 4) || '@web.example' as other_email,
    case when u(record_h, 'email changes') < changed_email() then
        moment_after(created_at, 24 * (20 + 300 * u(record_h, 'email changes when'))) end as changes_email_at,
    case when has_moved_phone then new_phone else phone end as written_phone,
    case when u(record_h, 'card erased') < erased()
        then moment_after(created_at, 24 * (60 + 240 * u(record_h, 'card erased when'))) end as deleted_at,
    case when u(record_h, 'bad contact') < 0.01 then 'email_without_at'
        when u(record_h, 'bad contact') < 0.02 then 'placeholder_phone' end as contact_fault
from named;
