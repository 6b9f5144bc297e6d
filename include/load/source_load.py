"""Loads one source: each of its tables in a transaction of its own, files and relations alike."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import duckdb

from include.contract.reader import DateBounds, read_date_bounds
from include.load.connections import Connection, connect
from include.load.cut_quarantine import cut_corrections, cut_quarantine
from include.load.declared import Source, Table
from include.load.erased import ErasedPeople
from include.load.errors import SourceError, told
from include.load.extract import Extract, Extractor
from include.load.files import find_files, landing_folder
from include.load.landing import TableLoader
from include.load.quarantine import Batch
from include.load.records import BOOKS, ties
from include.load.relation_reader import RelationReader, SourceUnreachable
from include.load.result import LoadResult, TableLoad
from include.load.sql_text import name
from include.workspace import Workspace


@dataclass
class SourceLoader:
    """Loads sources into one batch. `further_urls` is asked for connections that the environment does not know."""

    workspace: Workspace
    connection: duckdb.DuckDBPyConnection
    batch: Batch
    progress: Callable[[str], object]
    further_urls: Callable[[str], str | None] = lambda name: None
    full_refresh: bool = False
    bounds: DateBounds = field(default_factory=read_date_bounds)
    erased: ErasedPeople | None = None

    def load(self, source: Source, result: LoadResult) -> None:
        """Load what is new of every table; what cannot be loaded adds its message to `result.errors`."""
        try:
            origin = connect(source, self.further_urls) if source.connection else None
            self._load_files(source, origin, result)
            self._load_relations(source, origin, result)
        except SourceError as error:
            result.errors.append(str(error))

    def cut_belonging(self, sources: list[Source], result: LoadResult) -> None:
        """Cut what came before the ticket, order and the like of an erased person that it belongs to.

        What was learnt of them is kept before what it was learnt from is committed, and is told from what has been
        followed (`ErasedPeople.settle`): the load after one that was killed finds the same. A table that cannot be
        looked at adds its message to `result.errors`.
        """
        if not self.erased:
            return
        tables = [
            table for one in sources for table in one.tables if any(ties(mapping.entity) for mapping in table.entities)
        ]
        has_learnt, known = self.erased.has_learnt, -1
        while known < len(self.erased.digests):
            known = len(self.erased.digests)
            for table in tables:
                if not has_learnt and all(mapping.entity.name in BOOKS for mapping in table.entities):
                    continue  # they may have come before their order, and are too many to be looked at every time
                self._look_at(table, lambda loader: loader.land_without_erased(only_belonging=True), result)
            has_learnt = True
        for table in tables:
            self._look_at(table, self._cut_refused, result)

    def _look_at(self, table: Table, look: Callable[[TableLoader], object], result: LoadResult) -> None:
        try:
            with _in_words(table):
                self._in_transaction(table, look)
        except SourceError as error:
            if str(error) not in result.errors:  # it may not have been loaded for the same reason
                result.errors.append(str(error))

    def _cut_refused(self, loader: TableLoader) -> None:
        waiting = [(loader.table, loader.landed_types())]
        cut_quarantine(self.connection, waiting, self.bounds, self.erased)
        cut_corrections(self.workspace, self.connection, waiting, self.bounds, self.erased)

    def _load_files(self, source: Source, origin: Connection | None, result: LoadResult) -> None:
        tables = [table for table in source.tables if table.relation is None]
        if tables and source.folder.startswith("s3://"):
            from include.load.object_store import ObjectStore

            store = ObjectStore(source, origin)
            try:
                self._load_found(tables, lambda table: (store.find(table), []), result)
            finally:
                store.close()
        elif tables:
            folder = landing_folder(source, self.workspace)
            self._load_found(tables, lambda table: find_files(table, folder), result)

    def _load_found(self, tables: list[Table], find: Callable[[Table], tuple], result: LoadResult) -> None:
        for table in tables:
            try:
                files, refused = find(table)
                result.errors.extend(refused)
                with _in_words(table):
                    staged = self._loader(table).stage(files)
                    done = self._in_transaction(table, lambda loader, staged=staged: loader.load(staged))
            except SourceError as error:
                result.errors.append(str(error))
                continue
            result.errors.extend(staged.messages)
            for part in done:
                self._tell(part, result)

    def _load_relations(self, source: Source, origin: Connection | None, result: LoadResult) -> None:
        """Read all tables first, at one moment of the source where it can be; then land them one by one."""
        tables = [table for table in source.tables if table.relation is not None]
        if not tables:
            return
        extracts: list[Extract] = []
        reader = open_reader(self.connection, source, tables[0].format, origin, self.progress)
        try:
            extractor = Extractor(self.connection, reader, self.batch.loaded_at, self.progress)
            for table in tables:
                try:
                    loader = self._loader(table)
                    with _in_words(table):
                        extracts.append(extractor.extract(table, loader.landed_types(), loader.anew_because()))
                except SourceUnreachable:
                    raise
                except SourceError as error:
                    result.errors.append(str(error))
        except BaseException:
            reader.abandon()
            raise
        reader.close()
        for extract in extracts:
            try:
                with _in_words(extract.table):
                    done = self._in_transaction(extract.table, lambda loader, one=extract: loader.load_extract(one))
                self._tell(done, result)
            except SourceError as error:
                result.errors.append(str(error))
            for relation in {extract.relation, extract.keys or extract.relation}:
                self.connection.execute(f"drop table if exists temp.{name(relation)}")

    def _loader(self, table: Table) -> TableLoader:
        return TableLoader(self.connection, table, self.batch, self.bounds, self.full_refresh, self.erased)

    def _in_transaction(self, table: Table, load: Callable[[TableLoader], object]):
        self.connection.execute("begin")
        try:
            done = load(self._loader(table))
            self.connection.execute("commit")
        except BaseException:
            with suppress(duckdb.TransactionException):  # what broke may have ended it
                self.connection.execute("rollback")
            raise
        return done

    def _tell(self, done: TableLoad, result: LoadResult) -> None:
        result.tables.append(done)
        self.progress(str(done))


@contextmanager
def _in_words(table: Table) -> Iterator[None]:
    """What the engine cannot do with a table is told as a fault of that table; the others are loaded."""
    try:
        yield
    except (duckdb.FatalException, duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except duckdb.Error as error:
        raise SourceError(
            f"{table.label}: the engine cannot load it as {table.path}:{table.line} says ({told(error)}). "
            "Nothing of this table was loaded."
        ) from error


def open_reader(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    kind: str,
    origin: Connection,
    say: Callable[[str], object],
) -> RelationReader:
    """The reader of a format; its imports are made only where it is used."""
    if kind == "postgres":
        from include.load.postgres_reader import PostgresReader

        return PostgresReader(connection, source, origin)
    if kind == "sql":
        from include.load.sql_reader import SqlReader

        return SqlReader(connection, source, origin)
    from include.load.rest_reader import RestReader

    return RestReader(connection, source, origin, say)


def utc(moment: datetime.datetime) -> datetime.datetime:
    """The moment in UTC without a zone; one without a zone is taken as UTC."""
    return moment if moment.tzinfo is None else moment.astimezone(datetime.UTC).replace(tzinfo=None)
