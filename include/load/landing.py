"""Loads one table: its new rows into the quarantine or `raw.<source>__<table>`, then its contract rows."""

from __future__ import annotations

import duckdb

from include.contract.reader import DateBounds
from include.load.arrivals import Arrival, Staged
from include.load.contract_rows import forget_contract_rows, refresh_contract_rows
from include.load.cutting import belonging, cut_erased, erased_by_contact
from include.load.declared import Table
from include.load.erased import ErasedPeople
from include.load.errors import SourceError
from include.load.extract import Extract, rows_of
from include.load.files import LandingFile
from include.load.incoming import drop_working_tables, stage_files
from include.load.ledger import write_ledger
from include.load.mending import mend_refused
from include.load.merging import Merger
from include.load.peoples_rows import PeoplesRows
from include.load.positions import write_position
from include.load.quarantine import Batch, find_refused, resolve, resolve_superseded, set_aside
from include.load.result import TableLoad
from include.load.retrying import retry_rows
from include.load.row_checks import RowChecks
from include.load.sql_text import filled, literal, name

LINEAGE = ("_row_key", "_row_hash", "_file", "_line", "_batch_id", "_loaded_at")


class TableLoader:
    """Loads one table inside the caller's transaction; `full_refresh` reads and lands all of it again."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Table,
        batch: Batch,
        bounds: DateBounds,
        full_refresh: bool = False,
        erased: ErasedPeople | None = None,
    ):
        self.connection, self.table, self.batch, self.bounds = connection, table, batch, bounds
        self.erased = erased or ErasedPeople(b"")
        self.full_refresh, self.landed = full_refresh, f"raw.{name(table.landed)}"

    def stage(self, files: list[LandingFile]) -> Staged:
        """Read the files that are not in yet by content and declaration; a changed declaration asks for all of them.

        Outside of any transaction, since the engine gives up a transaction in which a file cannot be read.
        """
        known, anew = self._manifest(), self.anew_because() is not None
        new = [file for file in files if anew or known.get(file.name) != (file.content_hash, self.table.digest)]
        if not new and not anew:
            return Staged([], {}, [], len(files), False)
        former = {} if anew else self.landed_types()
        staged, types, messages = stage_files(self.connection, self.table, new, former, anew)
        return Staged(staged, types, messages, len(files) - len(new), anew)

    def load(self, found: Staged) -> list[TableLoad]:
        """Counts of the batch: of the files, and of rows of the quarantine whose files are gone.

        Raises
        ------
        SourceError: the table as a whole cannot be loaded; the caller rolls back.
        """
        names, types = [file.name for file in found.files], dict(found.types)
        if found.anew:
            if found.messages:
                raise SourceError(
                    "\n".join([*found.messages, f"{self.table.label}: left as it was before, to be read anew."])
                )
            gone = f"{self.landed} where _file not in ({', '.join(map(literal, names)) or literal('')})"
            self._start_again(types, gone, has_incoming=bool(names))
        if not names and not types:
            return [TableLoad(self.table.source, self.table.name, files_skipped=found.skipped)]
        rows = dict(self._rows("select _file, count(*) from incoming group by _file"))
        done = [self._land(Arrival(types, names, names), len(names), found.skipped)]
        self._record({file.name: (file.content_hash, rows.get(file.name, 0)) for file in found.files})
        retried = self.retry() if found.anew else None
        return done if retried is None else [*done, retried]

    def retry(self) -> TableLoad | None:
        """Judge the rows that wait in the quarantine once more; None when there are none."""
        done = retry_rows(self.connection, self.table, self.landed_types(), self.batch, self.bounds)
        if done is not None:
            write_ledger(self.connection, self.batch, done, "replay")
        return done

    def land_without_erased(self, only_belonging: bool = False) -> TableLoad | None:
        """Land the table's own rows again without those of erased people; None when it has none of theirs.

        `only_belonging` asks for rows alone that belong to a record of theirs: all others were cut as they came.

        Raises
        ------
        SourceError: the landed table lacks a column that the declaration maps.
        """
        types = self.landed_types()
        missing = sorted(set(self.table.uses) - set(types))
        if not types or (missing and only_belonging):
            return None
        if missing:
            raise SourceError(
                f"{self.table.label}: the landed rows have no column {', '.join(missing)}. Load the table first."
            )
        drop_working_tables(self.connection)
        checks = RowChecks(self.table, types, self.bounds, self.connection)
        theirs = PeoplesRows(self.connection, self.table, checks)
        rows = f"(select *, null::varchar as _text, null::varchar as _problem from {self.landed})"
        self._run(f"create temp view incoming as from {rows}")
        found = not only_belonging and (
            theirs.find_keys("incoming", self.erased.keys_among(self.table.source))
            or erased_by_contact(self.connection, theirs, self.erased)
        )
        found = found or belonging(theirs, self.erased)
        self._run("drop view temp.incoming")
        if not found:
            return None
        self._start_again(types, f"{self.landed} where true", has_incoming=False)
        return self._land(Arrival(types, [], []), 0, 0, kind="erasure")

    def load_extract(self, extract: Extract) -> TableLoad:
        """Counts of the batch for rows read from a database or an API; keeps the position they were read up to.

        Raises
        ------
        SourceError: the table as a whole cannot be loaded; the caller rolls back.
        """
        relation, types, keys = self.table.relation, dict(extract.types), extract.keys
        drop_working_tables(self.connection)
        self.connection.execute(f"create temp view incoming as {rows_of(extract)}")
        vanished = 0
        if self.anew_because():
            vanished = self._start_again_with(types, keys)
            keys = None
        read_anew = None if extract.is_full else []
        done = self._land(Arrival(types, [relation], read_anew, keys), 0, 0, vanished)
        self._record({relation: (None, None)})
        write_position(self.connection, self.table, extract.position, self.batch.batch_id, self.batch.loaded_at)
        return done

    def anew_because(self) -> str | None:
        """Why all of the table is to be landed again, if it is."""
        known = self._manifest()
        if any(declared != self.table.digest for _, declared in known.values()):
            return "its declaration has changed"
        return "a full refresh was asked for" if self.full_refresh and known else None

    def landed_types(self) -> dict[str, str]:
        """The engine's types of the landed table's own columns; empty when there is none."""
        columns = self._rows(
            "select column_name, data_type from duckdb_columns() where schema_name = 'raw' "
            f"and table_name = {literal(self.table.landed)} and database_name = current_database() "
            "order by column_index"
        )
        return {column: kind for column, kind in columns if column not in LINEAGE}

    def _manifest(self) -> dict[str, tuple[str, str]]:
        known = f"select file, content_hash, declaration_hash from ops.landed_files where {self._own()}"
        return {file: (content, declared) for file, content, declared in self._rows(known)}

    def _own(self) -> str:
        return filled("source = ? and table_name = ?", [self.table.source, self.table.name])

    def _rows(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()

    def _run(self, statement: str) -> None:
        self.connection.execute(statement)

    def _count(self, query: str) -> int:
        return self._rows(f"select count(*) from {query}")[0][0]

    def _start_again(self, types: dict[str, str], stay: str, has_incoming: bool) -> None:
        """Forget the table's rows; those of `stay`, which did not come again, are judged anew with the others."""
        former = self.landed_types()
        if former and self._count(stay):
            self._carry_over(stay, former, types, has_incoming)
        self._run(f"drop table if exists {self.landed}")
        forget_contract_rows(self.connection, self.table.source, self.table.name)

    def _start_again_with(self, types: dict[str, str], keys: str | None) -> int:
        """The same for a relation read in full: what it no longer has stays, unless it is known to be deleted."""
        former, checks = self.landed_types(), RowChecks(self.table, types, self.bounds, self.connection)
        stay = f"{self.landed} where false"
        if former and self.table.key and set(self.table.key) <= set(former):
            read = f"select _key from ({checks.keys_of('incoming')}) where _key is not null"
            stay = f"{self.landed} where {checks.key()} not in ({read})"
        vanished = 0
        if keys is not None and former:
            vanished, stay = self._count(stay), f"{self.landed} where false"
        if former and self._count(stay):
            self._run("create temp table copied as from incoming")
            self._run("drop view incoming")
            self._run("alter table copied rename to incoming")
        self._start_again(types, stay, has_incoming=True)
        return vanished

    def _carry_over(self, kept: str, former: dict[str, str], types: dict[str, str], has_incoming: bool) -> None:
        columns = "".join(f", {name(column)}" for column in former)
        rows = f"select _file, _line{columns}, null::varchar as _text, null::varchar as _problem from {kept}"
        if not has_incoming:
            self._run(f"create temp table incoming as {rows}")
        else:
            for column, kind in former.items():
                if types.setdefault(column, kind) != kind:
                    raise SourceError(
                        f"{self.table.label}: column {column} was {kind} in rows that are gone and is {types[column]} "
                        "now. Deliver the earlier rows again with that type. Nothing of this table was loaded."
                    )
                self._run(f"alter table incoming add column if not exists {name(column)} {kind}")
            self._run(f"insert into incoming by name {rows}")
        types |= former

    def _land(
        self, arrival: Arrival, files_read: int, files_skipped: int, vanished: int = 0, kind: str = "load"
    ) -> TableLoad:
        former, types = self.landed_types(), arrival.types
        checks = RowChecks(self.table, types, self.bounds, self.connection)
        for absent in set(self.table.uses) - set(self.table.needs) - set(types):  # rows of files that are gone
            self._run(f"alter table incoming add column {name(absent)} varchar")
            types[absent] = "VARCHAR"
        missing = [column for column in self.table.needs if column not in types]
        if missing:
            raise SourceError(
                f"{self.table.label}: the landed rows have no column {', '.join(missing)} that {self.table.path} maps "
                "now. Deliver the files again with it."
            )
        erased = cut_erased(self.connection, self.table, checks, self.erased, self.batch.batch_id)
        checks.judge()
        read = self._count("incoming")
        if quarantined := find_refused(self.connection, self.table, list(types)):
            quarantined = mend_refused(self.connection, self.table, checks)
        set_aside(self.connection, self.table, self.batch, arrival.read_anew)
        merger = Merger(self.connection, self.table, self.batch, checks)
        merger.prepare(former)
        unchanged, deleted, changed, rows = 0, 0, "changed", self.landed
        if not former or not self._count(f"(from {self.landed} limit 1)"):
            rows, changed = merger.insert_all(), None
        elif self.table.key:
            unchanged, deleted = merger.upsert(arrival.keys)
        else:
            unchanged, deleted = merger.replace_files(arrival.files)
        resolve_superseded(self.connection, self.table, self.batch, self.landed)
        if arrival.keys is not None:
            still = f"select _key from ({checks.keys_of(arrival.keys)}) where _key is not null"
            resolve(
                self.connection, self.table.source, self.table.name, self.batch, "deleted", f"row_key not in ({still})"
            )
        refresh_contract_rows(self.connection, self.table, checks, rows, changed)
        drop_working_tables(self.connection)
        drift = tuple(column for column in types if column not in former) if former else ()
        done = TableLoad(
            self.table.source,
            self.table.name,
            read,
            read - unchanged - quarantined,
            unchanged,
            quarantined,
            files_read,
            files_skipped,
            drift,
            deleted + vanished,
            erased,
        )
        write_ledger(self.connection, self.batch, done, kind)
        return done

    def _record(self, contents: dict[str, tuple[str | None, int | None]]) -> None:
        """Remember hash and number of rows of each file."""
        own = [self.table.source, self.table.name]
        for file, (content_hash, rows) in contents.items():
            self._run(f"delete from ops.landed_files where {self._own()} and file = {literal(file)}")
            row = [*own, file, content_hash, self.table.digest, self.batch.batch_id, rows]
            self._run(filled("insert into ops.landed_files values (?, ?, ?, ?, ?, ?, ?)", row))
        self._run(f"update ops.landed_files set declaration_hash = {literal(self.table.digest)} where {self._own()}")
