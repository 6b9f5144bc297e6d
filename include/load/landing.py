"""Loads one table: its new files' rows into the quarantine or `raw.<source>__<table>`, then its contract rows."""

from __future__ import annotations

import duckdb

from include.contract.reader import DateBounds, read_contract
from include.load.contract_rows import refresh_contract_rows
from include.load.declared import Table
from include.load.errors import SourceError
from include.load.files import LandingFile
from include.load.incoming import drop_working_tables, stage_files
from include.load.quarantine import Batch, find_refused, resolve_superseded, set_aside
from include.load.result import TableLoad
from include.load.row_checks import RowChecks
from include.load.sql_text import literal, name

_LINEAGE = ("_row_key", "_row_hash", "_file", "_line", "_batch_id", "_loaded_at")
_HASH = "lpad(lower(to_hex(_row_hash)), 16, '0')"


class TableLoader:
    """Loads one table inside the caller's transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: Table, batch: Batch, bounds: DateBounds):
        self.connection, self.table, self.batch, self.bounds = connection, table, batch, bounds
        self.landed = f"raw.{name(table.landed)}"

    def load(self, files: list[LandingFile]) -> tuple[TableLoad, list[str]]:
        """Counts of the batch, and messages on the files that could not be read.

        Files already in by content and declaration are skipped. A changed declaration lands every file again.

        Raises
        ------
        SourceError: the table as a whole cannot be loaded; the caller rolls back.
        """
        known = {
            file: (content, declared)
            for file, content, declared in self._rows(
                "select file, content_hash, declaration_hash from ops.landed_files where source = ? and table_name = ?",
                [self.table.source, self.table.name],
            )
        }
        declared_anew = any(declared != self.table.digest for _, declared in known.values())
        new = [file for file in files if known.get(file.name) != (file.content_hash, self.table.digest)]
        skipped = len(files) - len(new)
        if not new and not declared_anew:
            return TableLoad(self.table.source, self.table.name, files_skipped=skipped), []
        types = {} if declared_anew else self._landed_types()
        staged, incoming_types, messages = stage_files(self.connection, self.table, new, types, declared_anew)
        if declared_anew:
            if messages:
                raise SourceError(
                    "\n".join([*messages, f"{self.table.label}: left as it was before its declaration changed."])
                )
            self._start_again(staged, incoming_types)
        if not staged and not incoming_types:
            return TableLoad(self.table.source, self.table.name, files_skipped=skipped), messages
        counts = self._land(staged, incoming_types, declared_anew)
        self._record(staged, counts, skipped)
        drop_working_tables(self.connection)
        read, accepted, unchanged, quarantined, new_columns = counts
        done = TableLoad(
            self.table.source,
            self.table.name,
            read,
            accepted,
            unchanged,
            quarantined,
            len(staged),
            skipped,
            new_columns,
        )
        return done, messages

    def _rows(self, query: str, parameters: list | None = None) -> list[tuple]:
        return self.connection.execute(query, parameters or []).fetchall()

    def _run(self, statement: str) -> None:
        self.connection.execute(statement)

    def _count(self, query: str) -> int:
        return self._rows(f"select count(*) from {query}")[0][0]

    def _landed_types(self) -> dict[str, str]:
        columns = self._rows(
            "select column_name, data_type from duckdb_columns() where schema_name = 'raw' and table_name = ? "
            "and database_name = current_database() order by column_index",
            [self.table.landed],
        )
        return {column: kind for column, kind in columns if column not in _LINEAGE}

    def _start_again(self, staged: list[LandingFile], types: dict[str, str]) -> None:
        """Forget the table's rows; those whose file is gone from the folder are judged anew with the others."""
        former = self._landed_types()
        names = ", ".join(literal(file.name) for file in staged) or "''"
        if former and self._count(f"{self.landed} where _file not in ({names})"):
            self._carry_over(f"{self.landed} where _file not in ({names})", former, types, bool(staged))
        self.connection.execute(f"drop table if exists {self.landed}")
        forget_contract_rows(self.connection, self.table.source, self.table.name)

    def _carry_over(self, kept: str, former: dict[str, str], types: dict[str, str], has_incoming: bool) -> None:
        columns = "".join(f", {name(column)}" for column in former)
        rows = f"select _file, _line{columns}, null::varchar as _text, null::varchar as _problem from {kept}"
        if not has_incoming:
            self._run(f"create temp table incoming as {rows}")
        else:
            for column, kind in former.items():
                if types.setdefault(column, kind) != kind:
                    raise SourceError(
                        f"{self.table.label}: column {column} was {kind} in files that are gone and is {types[column]} "
                        "now. Deliver the earlier files again with that type. Nothing of this table was loaded."
                    )
                self._run(f"alter table incoming add column if not exists {name(column)} {kind}")
            self._run(f"insert into incoming by name {rows}")
        types |= former

    def _land(
        self, staged: list[LandingFile], types: dict[str, str], declared_anew: bool
    ) -> tuple[int, int, int, int, tuple[str, ...]]:
        former = self._landed_types()
        checks = RowChecks(self.table, types, self.bounds, self.connection)
        missing = [column for column in self.table.uses if column not in types]
        if missing:
            raise SourceError(
                f"{self.table.label}: the landed rows have no column {', '.join(missing)} that {self.table.path} maps "
                "now. Deliver the files again with it."
            )
        self._run(f"create or replace temp table judged as {checks.judged()}")
        read = self._count("judged")
        quarantined = find_refused(self.connection, self.table, list(types))
        files = None if declared_anew else [file.name for file in staged]
        set_aside(self.connection, self.table, self.batch, files)
        self._prepare_landed(types, former)
        empty = not former or not self._count(f"(from {self.landed} limit 1)")
        if empty:
            unchanged, changed = 0, None
            self._insert_all(types)
        elif self.table.key:
            unchanged, changed = self._upsert(types)
        else:
            unchanged, changed = self._replace_files(staged, types)
        resolve_superseded(self.connection, self.table, self.batch, self.landed)
        refresh_contract_rows(self.connection, self.table, checks, changed)
        for working in ("judged", "repeated", "refused", "winners", "differing", "changed", "touched", "matched"):
            self._run(f"drop table if exists temp.{working}")
        drift = tuple(column for column in types if column not in former) if former else ()
        return read, read - unchanged - quarantined, unchanged, quarantined, drift

    def _prepare_landed(self, types: dict[str, str], former: dict[str, str]) -> None:
        if not former:
            columns = "".join(f"{name(column)} {kind}, " for column, kind in types.items())
            self._run(
                f"create table if not exists {self.landed} ({columns}_row_key varchar, _row_hash ubigint, "
                "_file varchar, _line bigint, _batch_id varchar, _loaded_at timestamp)"
            )
        for column in [column for column in types if former and column not in former]:
            self._run(f"alter table {self.landed} add column {name(column)} {types[column]}")

    def _accepted(self, types: dict[str, str], row_key: str, batch: str = "", source: str = "judged") -> str:
        columns = "".join(f"{name(column)}, " for column in types)
        batch = (
            batch or f"{literal(self.batch.batch_id)} as _batch_id, timestamp '{self.batch.loaded_at}' as _loaded_at"
        )
        return f"select {columns}{row_key} as _row_key, _row_hash, _file, _line, {batch} from {source}"

    def _insert_all(self, types: dict[str, str]) -> None:
        if self.table.key:
            self._choose_winners()
            self._run(f"insert into {self.landed} by name {self._accepted(types, '_key', source='winners')}")
            return
        self._run(
            "create or replace temp table matched as select _file, _line, row_number() over "
            "(partition by _row_hash order by _file, _line) as occurrence from judged where _reasons is null "
            "and _row_hash in (select _row_hash from judged where _reasons is null "
            "group by 1 having count(*) > 1)"
        )
        repeats = self._count("matched")
        joined = "judged left join matched using (_file, _line)" if repeats else "judged"
        row_key = f"{_HASH} || '-' || {'coalesce(occurrence, 1)' if repeats else '1'}"
        self._run(
            f"insert into {self.landed} by name {self._accepted(types, row_key, source=joined)} where _reasons is null"
        )

    def _choose_winners(self) -> None:
        self._run(
            "create or replace temp table winners as select * from judged anti join repeated using (_file, _line) "
            "where _reasons is null qualify row_number() over (partition by _key order by _file desc) = 1"
        )

    def _upsert(self, types: dict[str, str]) -> tuple[int, str]:
        self._choose_winners()
        self._run(
            f"create or replace temp table differing as select w.* from winners w "
            f"left join {self.landed} l on l._row_key = w._key where l._row_hash is distinct from w._row_hash"
        )
        unchanged = self._count("winners") - self._count("differing")
        keys = "_row_key in (select _key from differing)"
        self._run(f"create or replace temp table changed as select * from {self.landed} where {keys}")
        self._run(f"delete from {self.landed} where {keys}")
        self._run(f"insert into {self.landed} by name {self._accepted(types, '_key', source='differing')}")
        self._run(f"insert into changed by name select * from {self.landed} where {keys}")
        return unchanged, "changed"

    def _replace_files(self, staged: list[LandingFile], types: dict[str, str]) -> tuple[int, str]:
        """Put the rows of changed files in place of their former ones; equal rows keep their batch."""
        names = ", ".join(literal(file.name) for file in staged)
        occurrence = "row_number() over (partition by _file, _row_hash order by _line) as occurrence"
        self._run(
            "create or replace temp table matched as select n.*, o._line as former_line, o._batch_id, o._loaded_at "
            f"from (select *, {occurrence} from judged where _reasons is null) n left join "
            f"(select _file, _line, _row_hash, _batch_id, _loaded_at, {occurrence} from {self.landed} "
            f"where _file in ({names})) o using (_file, _row_hash, occurrence)"
        )
        unchanged = self._count("matched where former_line is not null")
        self._run(
            "create or replace temp table differing as "
            "select _row_hash as hash from matched where former_line is distinct from _line union "
            f"select _row_hash from {self.landed} l where _file in ({names}) and not exists "
            "(from matched m where m._file = l._file and m.former_line = l._line)"
        )
        touched = "_row_hash in (select hash from differing)"
        self._run(f"create or replace temp table changed as select * from {self.landed} where {touched}")
        self._run(f"delete from {self.landed} where _file in ({names})")
        batch = (
            f"coalesce(_batch_id, {literal(self.batch.batch_id)}) as _batch_id, "
            f"coalesce(_loaded_at, timestamp '{self.batch.loaded_at}') as _loaded_at"
        )
        provisional = f"{_HASH} || '-' || occurrence"
        self._run(f"insert into {self.landed} by name {self._accepted(types, provisional, batch, 'matched')}")
        numbered = (
            f"select _file as f, _line as l, {_HASH} || '-' || row_number() over "
            f"(partition by _row_hash order by _file, _line) as k from {self.landed}"
        )
        self._run(
            f"update {self.landed} set _row_key = k from ({numbered}) where _file = f and _line = l and _row_key <> k"
        )
        self._run(f"insert into changed by name select * from {self.landed} where {touched}")
        return unchanged, "changed"

    def _record(self, staged: list[LandingFile], counts: tuple, skipped: int) -> None:
        own = [self.table.source, self.table.name]
        for file in staged:
            self.connection.execute(
                "delete from ops.landed_files where source = ? and table_name = ? and file = ?", [*own, file.name]
            )
            self.connection.execute(
                "insert into ops.landed_files values (?, ?, ?, ?, ?, ?)",
                [*own, file.name, file.content_hash, self.table.digest, self.batch.batch_id],
            )
        self.connection.execute(
            "update ops.landed_files set declaration_hash = ? where source = ? and table_name = ?",
            [self.table.digest, *own],
        )
        read, accepted, unchanged, quarantined, _ = counts
        self.connection.execute(
            "insert into ops.load_ledger values (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 'load', 0)",
            [
                self.batch.batch_id,
                *own,
                read,
                accepted,
                unchanged,
                quarantined,
                len(staged),
                skipped,
                self.batch.loaded_at,
            ],
        )


def forget_contract_rows(connection: duckdb.DuckDBPyConnection, source: str, table: str) -> None:
    """Delete what a table gave to the contract's entities."""
    for entity in read_contract():
        connection.execute(f"delete from raw.{name(entity)} where source = ? and _table = ?", [source, table])
