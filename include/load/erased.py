"""People who were erased: their rows are known by keyed hashes, and are cut out of whatever a source brings again.

`kept/erased.jsonl` holds HMAC-SHA256 values of the keys and contact values of erased people, made with the key in
`kept/erasure_key`: neither file tells anybody's key or address without the other.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb

from include.contract.reader import Column
from include.load.declared import ColumnMapping, EntityMapping, Table
from include.load.row_checks import RowChecks
from include.load.sql_text import literal, name
from include.load.typed_values import cannot_fail, typed_value
from include.workspace import Workspace

# The books keep these without the person; all else that names them goes whole.
BOOKS = frozenset({"orders", "order_items", "payments", "service_costs"})
# Rows of somebody else that also name a person: only the name goes.
BESIDE = frozenset({("referrals", "referred_customer_key")})
_CONTACTS = frozenset({"email", "phone", "national_id"})
_BETWEEN = re.compile(r"[,;|\t\"'<>{}\[\]]+")
TheirKeys = Callable[[list[str]], set[str]]


@dataclass(frozen=True)
class ErasedPeople:
    """Digests of erased keys and contact values, and the key they were made with."""

    secret: bytes
    digests: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.digests)

    def digest(self, kind: str, *parts: str) -> str:
        """Hex HMAC-SHA256 of `kind` (key, value, person) and the parts."""
        return hmac.digest(self.secret, "\x1f".join([kind, *parts]).encode(), "sha256").hex()

    def keys_among(self, source: str) -> TheirKeys:
        """A function that picks the keys of erased people out of keys of the source."""
        return lambda keys: {key for key in keys if self.digest("key", source, key) in self.digests}

    def values_among(self, values: Iterable[str]) -> set[str]:
        return {value for value in values if self.digest("value", value.strip().lower()) in self.digests}

    def names_somebody(self, source: str, text: str) -> bool:
        """Whether a text that did not come apart holds an erased key or contact value."""
        parts = {part.strip() for piece in (_BETWEEN.split(text), text.split()) for part in piece} - {""}
        keys = [part for part in parts if not part.isdigit()]  # digits alone are amounts as well
        return bool(self.values_among(parts) or self.keys_among(source)(keys))


def read_erased(workspace: Workspace) -> ErasedPeople:
    """The list as it stands; an empty one before the first erasure.

    Raises
    ------
    ValueError: there is a list but not the key it was made with, so erased people would come back.
    """
    path, key = workspace.kept / "erased.jsonl", workspace.kept / "erasure_key"
    if not path.is_file():
        return ErasedPeople(bytes.fromhex(key.read_text()) if key.is_file() else b"")
    if not key.is_file():
        raise ValueError(
            f"{key} is missing: without it the people of {path} cannot be known, and their rows would come back. "
            "Restore it from a backup. Nothing was loaded."
        )
    lines = [line for line in path.read_text().split("\n")[:-1] if line]
    return ErasedPeople(bytes.fromhex(key.read_text()), frozenset(json.loads(line)["digest"] for line in lines))


def keep_erased(
    workspace: Workspace, request_id: str, keys: Iterable[tuple[str, str]], values: Iterable[str]
) -> ErasedPeople:
    """Add keys (source, key) and contact values to the list, on disk when this returns; what is there is not repeated.

    A last line that was cut off by a kill is taken out.
    """
    workspace.make_folders()
    secret = workspace.kept / "erasure_key"
    if not secret.is_file():
        _replace(secret, secrets.token_hex(32))
    known = read_erased(workspace)
    path = workspace.kept / "erased.jsonl"
    whole = path.read_text().rpartition("\n")[0] if path.is_file() else ""
    found = {known.digest("key", *key): "key" for key in sorted(keys)}
    found |= {known.digest("value", value.strip().lower()): "value" for value in sorted(values)}
    lines = [
        json.dumps({"kind": kind, "digest": digest, "request_id": request_id})
        for digest, kind in found.items()
        if digest not in known.digests
    ]
    _replace(path, "".join(f"{line}\n" for line in [*whole.splitlines(), *lines]))
    return read_erased(workspace)


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


@dataclass
class PeoplesRows:
    """Which rows of a relation of a table are certain people's: by the keys that its mappings make of them."""

    connection: duckdb.DuckDBPyConnection
    table: Table
    checks: RowChecks
    theirs: list[str] = field(default_factory=list)

    @cached_property
    def _naming(self) -> list[tuple[EntityMapping, ColumnMapping]]:
        return [
            (mapping, column)
            for mapping in self.table.entities
            for column in mapping.columns
            if _names_a_customer(mapping.entity.by_name[column.name])
        ]

    def find_keys(self, relation: str, pick: TheirKeys) -> bool:
        """Remember which keys in the relation are theirs; whether there are any."""
        found: set[str] = set()
        for value in {self._value(*one) for one in self._naming}:
            keys = self.connection.execute(
                f"select distinct {value} from {self.checks.cleaned(relation)} where {value} is not null"
            ).fetchall()
            found |= pick([key for (key,) in keys])
        self.theirs = sorted(found)
        return bool(found)

    @property
    def whole(self) -> str:
        """SQL condition over the cleaned relation: the row is theirs."""
        return self._named(lambda mapping, column: (mapping.entity.name, column.name) not in BESIDE)

    @property
    def beside(self) -> str:
        """SQL condition: the row is another's and names them."""
        return self._named(lambda mapping, column: (mapping.entity.name, column.name) in BESIDE)

    @property
    def named_beside(self) -> set[str]:
        return {
            used
            for mapping, column in self._naming
            if (mapping.entity.name, column.name) in BESIDE
            for used in column.uses
        }

    def feeds(self, relation: str) -> str:
        """SQL condition: an entity row that is made of this row is in `relation` (entity, source, key)."""
        known = f"select key from {relation} where source = {literal(self.table.source)} and entity = "
        conditions = [
            f"({mapping.where or 'true'}\n) and coalesce("
            f"{self._value(mapping, mapping.key)} in ({known}{literal(mapping.entity.name)}), false)"
            for mapping in self.table.entities
        ]
        return " or ".join(f"({condition})" for condition in conditions) or "false"

    @property
    def unlinked(self) -> set[str] | None:
        """Columns that are emptied where a row stays for the books; None where no row of the table can stay."""
        books = [mapping for mapping in self.table.entities if mapping.entity.name in BOOKS]
        if not books:
            return None
        wanted = {*self.table.key, *((self.table.cursor.column,) if self.table.cursor else ())}
        naming = {used for _, column in self._naming for used in column.uses}
        for mapping in books:
            wanted.update(mapping.where_uses)
            for column in mapping.columns:
                facts = mapping.entity.by_name[column.name]
                if facts.pii is None and not _names_a_customer(facts):
                    wanted.update(column.uses)
        emptied = (set(self.checks.types) - wanted) | naming
        for mapping in self.table.entities:
            needed = {u for c in mapping.columns if mapping.entity.by_name[c.name].required for u in c.uses}
            if needed & emptied and not set(mapping.where_uses) & emptied:
                return None
        return None if set(self.table.key) & emptied else emptied

    @property
    def contacts(self) -> list[str]:
        """Text columns that give an address or a number."""
        used = {
            one
            for mapping in self.table.entities
            for column in mapping.columns
            if column.name in _CONTACTS
            for one in column.uses
        }
        return sorted(column for column in used if self.checks.types.get(column) == "VARCHAR")

    @property
    def nameless(self) -> str:
        """SQL condition: no key of a customer is on the row."""
        return " and ".join(f"({self._value(*one)}) is null" for one in self._naming) or "true"

    def _named(self, wanted: Callable[[EntityMapping, ColumnMapping], bool]) -> str:
        keys = ", ".join(map(literal, self.theirs)) or "null"
        values = [self._value(*one) for one in self._naming if wanted(*one)]
        return " or ".join(f"coalesce({value} in ({keys}), false)" for value in values) or "false"

    def _value(self, mapping: EntityMapping, column: ColumnMapping) -> str:
        target = mapping.entity.by_name[column.name]
        sql_type = self.checks.sql_type(column, mapping.entity.name)
        value = typed_value(target, column, sql_type, self.table)
        return value if cannot_fail(target, column, sql_type) else f"try({value})"


def cut_erased(connection: duckdb.DuckDBPyConnection, table: Table, checks: RowChecks, erased: ErasedPeople) -> int:
    """Take the rows of erased people out of `incoming`, and their name off the rows that the books keep.

    A row that names no customer goes by its address or number, one that did not come apart by any part of its text.
    Returns how many rows were taken out.
    """
    if not erased:
        return 0
    people = PeoplesRows(connection, table, checks)
    people.find_keys("incoming", erased.keys_among(table.source))
    by_contact = erased_by_contact(connection, people, erased)
    broken = _broken(connection, table, erased)
    if not (people.theirs or by_contact or broken):
        return 0
    run = connection.execute
    run("create or replace temp table uncut as select *, row_number() over () as _no from incoming")
    kept = people.unlinked
    lines = ", ".join(f"({literal(file)}, {line})" for file, line in broken)
    goes = f"({people.whole})" if kept is None else "false"
    goes += f" or ({by_contact})" if by_contact else ""
    goes += f" or (_problem is not null and (_file, _line) in ({lines}))" if broken else ""
    stays = "false" if kept is None else f"({people.whole})"
    run(
        f"create or replace temp table found_erased as select _no, {goes} as goes, {stays} as unlinked, "
        f"({people.beside}) as beside from {checks.cleaned('uncut')}"
    )
    emptied = [
        f"case when {' or '.join(when)} then null else {name(column)} end as {name(column)}"
        for column in checks.types
        if (
            when := [
                *(["unlinked"] if column in (kept or ()) else []),
                *(["beside"] if column in people.named_beside else []),
            ]
        )
    ]
    replaced = f" replace ({', '.join(emptied)})" if emptied else ""
    gone = run("select count(*) from found_erased where goes").fetchone()[0]
    run(
        f"create or replace temp table cut_rows as select * exclude (_no, goes, unlinked, beside){replaced} "
        "from uncut join found_erased using (_no) where not goes order by _no"
    )
    kind = run("select table_type from information_schema.tables where table_name = 'incoming'").fetchone()[0]
    run(f"drop {'view' if kind == 'VIEW' else 'table'} temp.incoming")
    run("alter table temp.cut_rows rename to incoming")
    for left in ("uncut", "found_erased"):
        run(f"drop table temp.{left}")
    return gone


def erased_by_contact(connection: duckdb.DuckDBPyConnection, people: PeoplesRows, erased: ErasedPeople) -> str:
    """SQL condition: a row without a customer's key has an erased address or number; empty when none has."""
    conditions = []
    for column in people.contacts:
        rows = f"{people.checks.cleaned('incoming')} where {people.nameless} and {name(column)} is not null"
        values = connection.execute(f"select distinct {name(column)} from {rows}").fetchall()
        if found := sorted(erased.values_among(value for (value,) in values)):
            conditions.append(f"({name(column)} in ({', '.join(map(literal, found))}) and {people.nameless})")
    return " or ".join(conditions)


def _broken(connection: duckdb.DuckDBPyConnection, table: Table, erased: ErasedPeople) -> list[tuple[str, int]]:
    """File and line of the rows that did not come apart and hold something of an erased person."""
    rows = connection.execute("select _file, _line, _text from incoming where _problem is not null").fetchall()
    return [(file, line) for file, line, text in rows if text and erased.names_somebody(table.source, text)]


def _names_a_customer(column: Column) -> bool:
    return column.name == "customer_key" or column.references == "customers"
