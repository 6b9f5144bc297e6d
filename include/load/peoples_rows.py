"""Which rows of a foreign table are certain people's: by the keys that its mappings make, and by their records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import duckdb

from include.contract.reader import Column, read_contract
from include.load.attempts import attempts_hold
from include.load.declared import ColumnMapping, EntityMapping, Table
from include.load.erased import ErasedPeople, TheirKeys, digest_sql
from include.load.records import BOOKS, known_by_key, ties
from include.load.row_checks import RowChecks
from include.load.sql_text import literal, name
from include.load.typed_values import cannot_fail, typed_value

# Rows of somebody else that also name a person: only the name goes.
BESIDE = frozenset({("referrals", "referred_customer_key")})
_CONTACTS = frozenset({"email", "phone", "national_id"})


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

    def find_records(self, relation: str, erased: ErasedPeople) -> bool:
        """Fill `tied_records(entity, source, key)` with erased records of which rows tell that name nobody else.

        `find_keys` comes before it. A record that is now somebody else's in the contract's tables is not erased.
        """
        run = self.connection.execute
        run("create or replace temp table tied_records (entity varchar, source varchar, key varchar)")
        records = [one for one in self._records if one[0] in known_by_key()]
        if not erased or not records:
            return False
        erased.tell(self.connection)
        source = literal(self.table.source)
        with attempts_hold(self.connection):
            for entity, key, value, applies in records:
                told = f"{self.checks.cleaned(relation)} where {applies} and {self.nobody_elses}"
                own, digest = literal(entity), digest_sql("record", literal(entity), source, "v")
                added = run(
                    f"insert into tied_records with told as materialized (select distinct {value} as v from {told}) "
                    f"select {own}, {source}, v from told where v is not null and {digest} in (from erased_digests)"
                ).fetchone()[0]
                if added:
                    known = f"(select key from tied_records where entity = {own})"
                    run(
                        f"delete from tied_records where entity = {own} and key in (with owned as materialized ("
                        f"select {name(key)} as k, source as s, customer_key as c from raw.{name(entity)} "
                        f"where source = {source} and customer_key is not null and {name(key)} in {known}) "
                        f"select k from owned where {digest_sql('key', 's', 'c')} not in (from erased_digests))"
                    )
        return run("select count(*) from tied_records").fetchone()[0] > 0

    def belongs(self, relation: str) -> str:
        """SQL condition: the row names nobody else, and is or belongs to a record in `relation` (entity, source, key).

        An answer belongs to its ticket and a line to its order.
        """
        conditions = [
            f"({applies} and coalesce({value} in (select key from {relation} where source = "
            f"{literal(self.table.source)} and entity = {literal(entity)}), false))"
            for entity, _, value, applies in self._records
        ]
        return f"(({' or '.join(conditions) or 'false'}) and {self.nobody_elses})"

    def digests_of(self, rows: str) -> set[str]:
        """Digests of the records that these cleaned rows are; `ErasedPeople.tell` comes before it."""
        found: set[str] = set()
        for mapping in self.table.entities:
            if mapping.entity.name in known_by_key() and not mapping.key.is_row_id:
                value = self._value(mapping, mapping.key)
                digest = digest_sql("record", literal(mapping.entity.name), literal(self.table.source), "v")
                keys = f"select distinct {value} as v from {rows} where {_applies(mapping)}"
                found.update(
                    one
                    for (one,) in self.connection.execute(
                        f"select {digest} from ({keys}) where v is not null"
                    ).fetchall()
                )
        return found

    @property
    def unlinked(self) -> set[str] | None:
        """Columns that are emptied where a row stays for the books; None where no row of the table can stay."""
        books = [mapping for mapping in self.table.entities if mapping.entity.name in BOOKS]
        if not books:
            return None
        wanted = {*self.table.key, *((self.table.cursor.column,) if self.table.cursor else ())}
        wanted |= {self.table.deletes.tombstone} if self.table.deletes and self.table.deletes.tombstone else set()
        naming = {used for _, column in self._naming for used in column.uses}
        for mapping in books:
            wanted.update(mapping.where_uses)
            for column in mapping.columns:
                wanted.update(column.order_uses)
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

    @property
    def nobody_elses(self) -> str:
        """SQL condition: no key of another customer is on the row, where the row is mapped to name one."""
        keys = ", ".join(map(literal, self.theirs)) or "null"
        others = [
            f"({_applies(mapping)} and {value} is not null and coalesce({value} not in ({keys}), true))"
            for mapping, column in self._naming
            for value in (self._value(mapping, column),)
        ]
        return f"not ({' or '.join(others) or 'false'})"

    @cached_property
    def _records(self) -> list[tuple[str, str, str, str]]:
        """(entity, its key, SQL value, SQL condition) of each record that a row is or belongs to."""
        found = []
        for mapping in self.table.entities:
            contract, own, applies = read_contract(), mapping.key, _applies(mapping)
            if not own.is_row_id:
                found.append((mapping.entity.name, mapping.entity.key, self._value(mapping, own), applies))
            tied = {column.name: column.references for column in ties(mapping.entity)}
            found += [
                (tied[column.name], contract[tied[column.name]].key, self._value(mapping, column), applies)
                for column in mapping.columns
                if column.name in tied
            ]
        return found

    def _named(self, wanted: Callable[[EntityMapping, ColumnMapping], bool]) -> str:
        keys = ", ".join(map(literal, self.theirs)) or "null"
        values = [self._value(*one) for one in self._naming if wanted(*one)]
        return " or ".join(f"coalesce({value} in ({keys}), false)" for value in values) or "false"

    def _value(self, mapping: EntityMapping, column: ColumnMapping) -> str:
        target = mapping.entity.by_name[column.name]
        sql_type = self.checks.sql_type(column, mapping.entity.name)
        value = typed_value(target, column, sql_type, self.table)
        return value if cannot_fail(target, column, sql_type) else f"try({value})"


def _names_a_customer(column: Column) -> bool:
    return column.name == "customer_key" or column.references == "customers"


def _applies(mapping: EntityMapping) -> str:
    """SQL condition, never null: rows are mapped to the entity."""
    if mapping.where is None:
        return "true"
    return f"coalesce(try(cast(({mapping.where}\n) as boolean)), false)"
