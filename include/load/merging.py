"""Brings judged rows into the landed table of their source: new, changed, unchanged and gone ones."""

from __future__ import annotations

import duckdb

from include.load.declared import Table
from include.load.positions import cursor_order
from include.load.quarantine import Batch
from include.load.row_checks import RowChecks
from include.load.sql_text import literal, name

_HASH = "lpad(lower(to_hex(_row_hash)), 16, '0')"


class Merger:
    """Changes `raw.<source>__<table>` by the rows of `judged`, inside the caller's transaction.

    Afterwards `changed`, when a method names it, holds the landed rows concerned as they were and as they are.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: Table, batch: Batch, checks: RowChecks):
        self.connection, self.table, self.batch, self.checks = connection, table, batch, checks
        self.types, self.landed = checks.types, f"raw.{name(table.landed)}"

    def prepare(self, former: dict[str, str]) -> None:
        """Make the landed table, or give it the columns and the wider types that the rows have."""
        if not former:
            columns = "".join(f"{name(column)} {kind}, " for column, kind in self.types.items())
            self._run(
                f"create table if not exists {self.landed} ({columns}_row_key varchar, _row_hash ubigint, "
                "_file varchar, _line bigint, _batch_id varchar, _loaded_at timestamp)"
            )
            return
        for column, kind in self.types.items():
            if column not in former:
                self._run(f"alter table {self.landed} add column {name(column)} {kind}")
            elif former[column] != kind:
                self._run(f"alter table {self.landed} alter column {name(column)} type {kind}")

    def insert_all(self) -> str:
        """Fill the empty landed table; returns a relation of the same rows, which is quicker read than the table:
        rows that this transaction wrote are read uncommitted, at twice the cost.
        """
        if self.table.key:
            self._choose_winners()
            rows = self._rows("_key", source="winners", where=" where not _gone")
        else:
            rows = self._rows_without_a_key()
        self._run(f"create or replace temp view arriving as {rows}")
        self._run(f"insert into {self.landed} by name from arriving")
        return "arriving"

    def _rows_without_a_key(self) -> str:
        self._run(
            "create or replace temp table matched as select _file, _line, row_number() over "
            "(partition by _row_hash order by _file, _line) as _occurrence from judged where _reasons is null "
            "and _row_hash in (select _row_hash from judged where _reasons is null "
            "group by 1 having count(*) > 1)"
        )
        repeats = self._count("matched")
        joined = "judged left join (select * from matched) using (_file, _line)" if repeats else "judged"
        row_key = f"{_HASH} || '-' || {'coalesce(_occurrence, 1)' if repeats else '1'}"
        return self._rows(row_key, source=joined, where=" where _reasons is null")

    def upsert(self, keys: str | None) -> tuple[int, int]:
        """Update by key, and take out what is gone: tombstones, and rows whose key is not in the relation `keys`.

        Returns how many rows are unchanged and how many landed rows are gone; fills `changed`.
        """
        self._choose_winners()
        self._run(
            f"create or replace temp table differing as select w.* from winners w left join {self.landed} l "
            "on l._row_key = w._key where case when w._gone then l._row_key is not null "
            "else l._row_hash is distinct from w._row_hash end"
        )
        unchanged = self._count("winners") - self._count("differing")
        self._run("create or replace temp table concerned as select _key, _gone from differing")
        if keys is not None:
            self._run(
                f"insert into concerned select _row_key, true from {self.landed} where _row_key not in "
                f"(select _key from ({self.checks.keys_of(keys)}) where _key is not null) "
                "and _row_key not in (select _key from concerned)"
            )
        here = "_row_key in (select _key from concerned)"
        self._run(f"create or replace temp table changed as select * from {self.landed} where {here}")
        deleted = self._count("changed semi join (from concerned where _gone) gone on _row_key = gone._key")
        self._run(f"delete from {self.landed} where {here}")
        self._run(f"insert into {self.landed} by name {self._rows('_key', '', 'differing', ' where not _gone')}")
        self._run(f"insert into changed by name select * from {self.landed} where {here}")
        return unchanged, deleted

    def replace_files(self, files: list[str]) -> tuple[int, int]:
        """Put the rows of files in place of their former ones; equal rows keep their batch.

        Returns how many rows are unchanged and how many former rows are gone; fills `changed`.
        """
        names = ", ".join(literal(file) for file in files)
        numbered = "row_number() over (partition by _file, _row_hash order by _line) as _occurrence"
        self._run(
            "create or replace temp table matched as select n.*, o._line as _former_line, o._batch_id, o._loaded_at "
            f"from (select *, {numbered} from judged where _reasons is null) n left join "
            f"(select _file, _line, _row_hash, _batch_id, _loaded_at, {numbered} from {self.landed} "
            f"where _file in ({names})) o using (_file, _row_hash, _occurrence)"
        )
        unchanged = self._count("matched where _former_line is not null")
        deleted = self._count(f"{self.landed} where _file in ({names})") - unchanged
        self._run(
            "create or replace temp table differing as "
            "select _row_hash as hash from matched where _former_line is distinct from _line union "
            f"select _row_hash from {self.landed} l where _file in ({names}) and not exists "
            "(from matched m where m._file = l._file and m._former_line = l._line)"
        )
        touched = "_row_hash in (select hash from differing)"
        self._run(f"create or replace temp table changed as select * from {self.landed} where {touched}")
        self._run(f"delete from {self.landed} where _file in ({names})")
        batch = (
            f"coalesce(_batch_id, {literal(self.batch.batch_id)}) as _batch_id, "
            f"coalesce(_loaded_at, timestamp '{self.batch.loaded_at}') as _loaded_at"
        )
        self._insert(f"{_HASH} || '-' || _occurrence", batch, "matched")
        self._renumber()
        self._run(f"insert into changed by name select * from {self.landed} where {touched}")
        return unchanged, deleted

    def add(self) -> int:
        """Add rows to a table without a key, beside what their files have brought; none of them is unchanged.

        Fills `changed`.
        """
        touched = "_row_hash in (select _row_hash from judged)"
        self._run(f"create or replace temp table changed as select * from {self.landed} where {touched}")
        self._insert(f"{_HASH} || '-?' || _line")
        self._renumber()
        self._run(f"insert into changed by name select * from {self.landed} where {touched}")
        return 0

    def _renumber(self) -> None:
        """Number equal rows by file and line."""
        numbered = (
            f"select _file as f, _line as l, {_HASH} || '-' || row_number() over "
            f"(partition by _row_hash order by _file, _line) as k from {self.landed}"
        )
        self._run(
            f"update {self.landed} set _row_key = k from ({numbered}) where _file = f and _line = l and _row_key <> k"
        )

    def _choose_winners(self) -> None:
        """Make the view `winners`: one accepted row a key, from the latest file, or the newest by the cursor."""
        order = "_file desc, _line"
        if self.table.keeps_newest:
            by_cursor = f"({cursor_order(self.table, self.types)}) desc nulls last, " if self.table.cursor else ""
            order = f"{by_cursor}_file desc, _line desc"
        self._run(
            "create or replace temp table losers as select _file, _line from judged where _reasons is null "
            "and _key in (select _key from judged where _reasons is null group by _key having count(*) > 1) "
            f"qualify row_number() over (partition by _key order by {order}) > 1"
        )
        only = "anti join losers using (_file, _line) " if self._count("losers") else ""
        self._run(f"create or replace temp view winners as select * from judged {only}where _reasons is null")

    def _insert(self, row_key: str, batch: str = "", source: str = "judged") -> None:
        self._run(f"insert into {self.landed} by name {self._rows(row_key, batch, source)}")

    def _rows(self, row_key: str, batch: str = "", source: str = "judged", where: str = "") -> str:
        """Query of rows as the landed table has them."""
        columns = "".join(f"{name(column)}, " for column in self.types)
        batch = (
            batch or f"{literal(self.batch.batch_id)} as _batch_id, timestamp '{self.batch.loaded_at}' as _loaded_at"
        )
        return f"select {columns}{row_key} as _row_key, _row_hash, _file, _line, {batch} from {source}{where}"

    def _run(self, statement: str) -> None:
        self.connection.execute(statement)

    def _count(self, query: str) -> int:
        return self.connection.execute(f"select count(*) from {query}").fetchone()[0]
