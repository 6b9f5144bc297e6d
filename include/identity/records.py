"""One record for each customer key of each source: what its tables say, in one form, ready to be compared."""

from __future__ import annotations

import duckdb

PERSONAL_COLUMNS = ("email", "phone", "full_name", "given_name", "family_name", "birth_on", "national_id", "street")
_FIELDS = ("email", "phone", "given", "family", "whole_name", "birth", "national_id", "street", "city", "postal")


def _plain(column: str, dropped: str, between: str) -> str:
    """Lower case without accents; what `dropped` matches becomes `between`; empty is missing."""
    return f"nullif(trim(regexp_replace(lower(strip_accents({column})), '{dropped}', '{between}', 'g')), '')"


_NATIONAL_ID = _plain("customers.national_id", "[^0-9a-z]", "")
_COMMON_BIRTHDAY = 0.001  # a true birthday is shared by one in ten thousand or so
_STREET = _plain("customers.street", r"[\s.,#-]+", " ")
_CITY = _plain("customers.city", r"[\s.,-]+", " ")
_POSTAL = _plain("customers.postal_code", r"[\s-]+", "")

_WORDS_OF_STREET = r"trim(regexp_replace(street, '[^\p{L}\p{N}]+', ' ', 'g'))"


def _is_a_number(told: str) -> str:
    """Whether an id can be somebody's: not a word, one digit repeated, or digits that count up or down."""
    counted = "01234567890123456789"
    return (
        f"length({told}) >= 5 and regexp_matches({told}, '[0-9]') and len(list_distinct(string_split({told}, ''))) > 1 "
        f"and not contains('{counted}', {told}) and not contains('{counted[::-1]}', {told})"
    )


_TOLD = f"""
    select
        customers.source,
        customers.customer_key,
        customers._table as source_table,
        case
            when emails.status = 'valid' then emails.standard
            -- An address with a slip in it is rare, and a word that fills a form short or without a digit and a dot.
            when emails.status = 'invalid' and (
                emails.standard like '%_@_%__'
                or length(emails.standard) >= 8 and regexp_matches(emails.standard, '[0-9.]')
            ) then emails.standard
        end as email,
        case when length(phones.standard) >= 7 then phones.standard end as phone,
        coalesce(given_names.standard, whole_names.given) as given,
        coalesce(family_names.standard, whole_names.family) as family,
        whole_names.standard as whole_name,
        strftime(customers.birth_on, '%Y-%m-%d') as birth,
        case when {_is_a_number("told_id")} then told_id end as national_id,
        {_STREET} as street,
        {_CITY} as city,
        {_POSTAL} as postal
    from (select *, {_NATIONAL_ID} as told_id from raw.customers as customers) as customers
    left join ops.standard_emails as emails on customers.email = emails.email
    left join ops.standard_countries as countries
        on customers.source = countries.source and coalesce(customers.country, '') = countries.country
    left join ops.standard_phones as phones on customers.phone = phones.phone and countries.region = phones.region
    left join ops.standard_names as whole_names on customers.full_name = whole_names.name
    left join ops.standard_names as given_names on customers.given_name = given_names.name
    left join ops.standard_names as family_names on customers.family_name = family_names.name
"""


def write_records(connection: duckdb.DuckDBPyConnection, target: str, standards: dict) -> int:
    """Write the table `target`, a row for each key of the crosswalk with something to compare; return how many.

    `unique_id` is the key's seniority. A field that several tables of the source know is the first's, by name. An
    e-mail address, a telephone number or a number of a paper that more than `shared_by` of the standards' keys give is
    nobody's, and missing; so is a birthday that they list, or that so many give and more than a thousandth of all,
    and a street of words that name nobody.
    """
    shared_by = standards["shared_by"]
    no_birthdays = "".join(f", '{item['day']}'" for item in standards["placeholder_births"])
    no_streets = "".join(", '" + name.replace("'", "''") + "'" for name in standards["placeholder_names"])
    firsts = ", ".join(f"min_by({field}, source_table) filter ({field} is not null) as {field}" for field in _FIELDS)
    connection.execute(
        f"""
        create or replace table {target} as
        with told as ({_TOLD}),
        merged as (select source, customer_key, {firsts} from told group by all),
        shared_emails as (select email from merged group by email having count(*) > {shared_by}),
        shared_phones as (select phone from merged group by phone having count(*) > {shared_by}),
        shared_ids as (select national_id from merged group by national_id having count(*) > {shared_by}),
        shared_births as (
            select birth from merged group by birth having count(*) > greatest(
                {shared_by}, {_COMMON_BIRTHDAY} * (select count(birth) from merged)
            )
        ),
        told_once as (
            select
                xref.seniority as unique_id,
                case when shared_emails.email is null then merged.email end as email,
                case when shared_phones.phone is null then merged.phone end as phone,
                case when shared_ids.national_id is null then merged.national_id end as national_id,
                case when shared_births.birth is null and merged.birth not in (''{no_birthdays}) then merged.birth end
                    as birth,
                case when {_WORDS_OF_STREET} not in (''{no_streets}) then street end as street,
                coalesce(nullif(concat_ws(' ', given, family), ''), whole_name) as full_name,
                merged.* exclude (source, customer_key, email, phone, national_id, birth, street, whole_name)
            from merged
            inner join core.customer_xref as xref using (source, customer_key)
            left join shared_emails on merged.email = shared_emails.email
            left join shared_phones on merged.phone = shared_phones.phone
            left join shared_ids on merged.national_id = shared_ids.national_id
            left join shared_births on merged.birth = shared_births.birth
        )
        select
            *,
            split_part(email, '@', 1) as email_user,
            regexp_replace(email, '[^0-9]', '', 'g') as email_digits,
            right(phone, 8) as phone_end,
            left(birth, 4) as birth_year,
            case when given > family then family || ' ' || given else given || ' ' || family end as names_sorted
        from told_once
        where coalesce(email, phone, full_name, birth, national_id, street) is not null
        order by unique_id
        """
    )
    return connection.execute(f"select count(*) from {target}").fetchone()[0]
