"""Who is asked about: a person's ids, the keys of the sources that are theirs, and what tells who they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import duckdb

from include.contract.reader import Entity, read_contract
from include.load.records import BOOKS, known_by_key, ties
from include.load.sql_text import literal, name
from include.privacy.values import Values


class UnknownPerson(ValueError):
    """No customer answers to what was given; the message says what to give."""


@dataclass(frozen=True)
class People:
    """Persons with all that is known to name them.

    `ids` are customer ids and first ids, `keys` (source, key); `contacts` are addresses, telephone numbers and numbers
    of documents, `numbers` the telephone numbers among them, `names` full names: each as far as nobody else has it.
    `records` are (column, id) of what else is theirs and not the books', such as ("ticket_id", "crm:17"); `rows` are
    (entity, source, key) of what is known by its own key once they are erased, such as ("tickets", "crm", "17").
    """

    ids: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]
    contacts: tuple[str, ...]
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    persons: tuple[str, ...]
    records: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[str, str, str], ...] = ()

    @property
    def key_hashes(self) -> list[str]:
        """Keys as a published crosswalk holds them."""
        return [hashlib.md5(f"{source}|{key}".encode()).hexdigest() for source, key in self.keys]

    @property
    def values(self) -> Values:
        """What must be found nowhere any more. Keys of digits alone are left out: they are amounts elsewhere."""
        telling = [key for _, key in self.keys if not key.isdigit() and any(map(str.isdigit, key)) and len(key) > 5]
        return Values.of(self.contacts, self.numbers, self.names, [*self.ids, *self.key_hashes, *telling])


def find_people(connection: duckdb.DuckDBPyConnection, asked: list[str]) -> People:
    """The persons that customer ids, e-mail addresses or `source:key` name, several of one person being one.

    Raises
    ------
    UnknownPerson: one of them is nobody's, named in the message.
    """
    persons: set[str] = set()
    for one in asked:
        if "@" in one:
            where = (
                "(source, customer_key) in (select (source, customer_key) from raw.customers "
                f"where lower(trim(email)) = {literal(one.strip().lower())})"
            )
        elif ":" in one:
            source, _, key = one.partition(":")
            where = f"source = {literal(source)} and customer_key = {literal(key)}"
        else:
            where = f"{literal(one)} in (customer_id, first_id)"
        found = connection.execute(f"select distinct customer_id from core.customer_xref where {where}").fetchall()
        if not found:
            raise UnknownPerson(f"{one!r} is nobody's. Give a customer_id, an e-mail address, or source:key.")
        persons.update(person for (person,) in found)
    return people_of(connection, sorted(persons))


def people_of(connection: duckdb.DuckDBPyConnection, persons: list[str]) -> People:
    """All that names the persons of these customer ids; leaves `their_keys` and `their_rows` behind."""
    connection.execute(
        "create or replace temp table their_keys (source varchar, customer_key varchar, first_id varchar)"
    )
    connection.execute(
        "insert into their_keys select source, customer_key, first_id from core.customer_xref "
        f"where customer_id in ({', '.join(map(literal, persons)) or 'null'})"
    )
    find_rows(connection)
    keys = connection.execute("select source, customer_key, first_id from their_keys order by all").fetchall()
    rows = connection.execute("select entity, source, key from their_rows order by all").fetchall()
    own = "raw.customers semi join their_keys using (source, customer_key)"
    rest = "raw.customers anti join their_keys using (source, customer_key)"
    leads = "raw.leads semi join their_keys using (source, customer_key)"

    def told(*columns: str) -> tuple[str, ...]:
        parts = [
            f"select {c} as v from {rows}"
            for rows in (own, leads)
            for c in columns
            if rows is own or c != "national_id"
        ]
        found = connection.execute(
            f"select distinct v from ({' union all '.join(parts)}) where v is not null order by v"
        )
        return tuple(value for (value,) in found.fetchall())

    others = [rest, "raw.leads anti join their_keys using (source, customer_key)"]
    names = _nobody_elses(connection, told("full_name"), "full_name", others, "contains(lower(others.v), lower(own.v))")
    addresses = _nobody_elses(connection, told("email"), "email", others, "lower(trim(others.v)) = lower(trim(own.v))")
    digits = "right(regexp_replace({}.v, '[^0-9]', '', 'g'), 9)"
    same = f"{digits.format('others')} = {digits.format('own')}"
    numbers = _nobody_elses(connection, told("phone"), "phone", others, same)
    documents = told("national_id")
    return People(
        ids=tuple(sorted({*persons, *(first for *_, first in keys if first)})),
        keys=tuple((source, key) for source, key, _ in keys),
        contacts=(*addresses, *documents, *numbers),
        numbers=numbers,
        names=names,
        persons=tuple(persons),
        records=tuple(_records(connection)),
        rows=tuple(row for row in rows if row[0] in known_by_key()),
    )


def record_columns() -> dict[str, Entity]:
    """Column of ids in the warehouse, such as `ticket_id`, by which rows are a person's, and the entity they are of."""
    return {
        f"{entity.key.removesuffix('_key')}_id": entity
        for entity in read_contract().values()
        if entity.name not in BOOKS | {"customers"} and "customer_key" in entity.by_name
    }


def find_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill `their_rows` with the contract's rows that are of `their_keys`: those that name them, and what belongs to
    these. An answer belongs to its ticket and a line to its order, unless it names another customer.
    """
    connection.execute("create or replace temp table their_rows (entity varchar, source varchar, key varchar)")
    before, now = -1, 0
    while now > before:
        before = now
        for entity in read_contract().values():
            named = [c.name for c in entity.columns if c.name == "customer_key" or c.references == "customers"]
            theirs = [
                f"(source, {name(column)}) in (select (source, customer_key) from their_keys)" for column in named
            ]
            nobody_elses = " and customer_key is null" if "customer_key" in entity.by_name else ""
            theirs += [
                f"((source, {name(c.name)}) in (select (source, key) from their_rows where entity = "
                f"{literal(c.references)}){nobody_elses})"
                for c in ties(entity)
            ]
            if theirs:
                connection.execute(
                    f"insert into their_rows select {literal(entity.name)}, source, {name(entity.key)} "
                    f"from raw.{name(entity.name)} where {' or '.join(theirs)} except from their_rows"
                )
        now = connection.execute("select count(*) from their_rows").fetchone()[0]


def _records(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """A referral in which they were referred is another's record."""
    found = []
    for column, entity in record_columns().items():
        found += connection.execute(
            f"select {literal(column)}, source || ':' || {name(entity.key)} from raw.{name(entity.name)} "
            f"where (source, {name(entity.key)}) in (select (source, key) from their_rows where entity = "
            f"{literal(entity.name)}) and (customer_key is null or (source, customer_key) in "
            "(select (source, customer_key) from their_keys)) order by all"
        ).fetchall()
    return found


def _nobody_elses(
    connection: duckdb.DuckDBPyConnection, own: tuple[str, ...], column: str, others: list[str], same: str
) -> tuple[str, ...]:
    """Values that no other person has too: what a family shares is also the data of those who stay."""
    connection.execute("create or replace temp table own_values (v varchar)")
    if not own:
        return ()
    connection.execute(f"insert into own_values values {', '.join(f'({literal(one)})' for one in own)}")
    theirs = " union all ".join(f"select {column} as v from {rows}" for rows in others)
    found = connection.execute(
        f"select v from own_values own where not exists (select 1 from ({theirs}) others where {same}) order by v"
    ).fetchall()
    return tuple(value for (value,) in found)
