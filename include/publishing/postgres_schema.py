"""A published version as a schema of PostgreSQL: staged beside the one that readers see, then swapped in by renaming.

Everything up to the swap is one transaction. Killed before its end it leaves nothing behind; after it only the schema
before the last, which the next publication drops.
"""

from __future__ import annotations

import json
import random
import secrets
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import errors, sql

from include.load.connections import Connection
from include.publishing.postgres_tables import create_table, open_for_copying
from include.publishing.role_files import EVERYBODY, file_of, restricted_files, role_of
from include.publishing.versions import DRAFT, PublishedVersion

# Each try holds up new readers no longer than this; a second is when PostgreSQL begins to look for deadlocks.
_LOCK_TIMEOUT = "300ms"
_PAUSE_SECONDS = (0.05, 0.25)
_LONGEST_NAME = 63
_AS = "__as_"


class ServingFailed(RuntimeError):
    """PostgreSQL does not show the version; the message says what it shows and what to do."""


def schema_of(workspace: str, role: str = EVERYBODY) -> str:
    """Name of the schema that readers of a workspace use; a role that has a copy of its own reads another."""
    return f"tierworks_{workspace}" + ("" if role == EVERYBODY else f"{_AS}{role.replace('.', '_')}")


def reader_of(workspace: str, role: str = EVERYBODY) -> str:
    """Name of the role that may read the schema and nothing else."""
    return f"{schema_of(workspace, role)}_reader"


@dataclass(frozen=True)
class _Shown:
    """A schema, the one that takes its place, and the one it took the place of."""

    schema: str
    reader: str
    file: Path

    @property
    def next(self) -> str:
        return f"{self.schema}__next"

    @property
    def former(self) -> str:
        return f"{self.schema}__former"

    @property
    def old(self) -> str:
        return f"{self.schema}__old_{secrets.token_hex(4)}"


class PostgresSchema:
    """The schemas of one workspace in a database, by one connection that is closed on the way out.

    Beside the schema of every reader stands one for each copy that the version holds for a role. `stage` prepares a
    version unseen, `swap` shows it. `patience` is for how many seconds the swap waits for transactions that read the
    former schemas; after that it goes on without waiting, and they go on too.
    """

    def __init__(self, origin: Connection, workspace: str, patience: float, progress: Callable[[str], None] = print):
        self.origin, self.patience, self.progress = origin, patience, progress
        self.workspace, self.schema = workspace, schema_of(workspace)
        if "__" in workspace:
            raise ServingFailed(
                f"the workspace's name {workspace} has two underscores in a row: PostgreSQL's schemas of another "
                "workspace, its former ones and those of roles, are named so. Give its folder another name."
            )
        if len(f"{self.schema}__old_00000000") > _LONGEST_NAME:
            raise ServingFailed(f"the workspace's name {workspace} is too long for a schema of PostgreSQL.")
        self._staged: list[_Shown] = []
        self._withdrawn: list[str] = []
        self.postgres = psycopg.connect(origin.url, connect_timeout=10, application_name="tierworks publish")

    def __enter__(self) -> PostgresSchema:
        return self

    def __exit__(self, *_: object) -> None:
        self.postgres.close()

    def shown(self, schema: str | None = None) -> str | None:
        """Build id that the schema holds; None when there is no schema.

        Raises
        ------
        ServingFailed: a schema of the name is there and is not ours.
        """
        schema = schema or self.schema
        if not self._ask("select 1 from pg_namespace where nspname = %s", schema):
            return None
        if not self._ask("select to_regclass(%s)", f'"{schema}".published_version'):
            raise ServingFailed(f"the schema {schema} is there, but no version of ours: it is left as it is.")
        return self._ask(sql.SQL("select build_id from {}").format(sql.Identifier(schema, "published_version")))

    def stage(self, version: PublishedVersion, anew: bool = False) -> None:
        """Prepare the version in the open transaction: copied, or the former schema where that holds it.

        With `anew` it is copied even where it is shown: its file was written again.
        """
        self.postgres.execute("set local lock_timeout = '60s'")
        self.postgres.execute("select pg_advisory_xact_lock(hashtext(%s))", [self.schema])
        self.postgres.execute("set local lock_timeout = 0")
        shown = self._shown_of(version)
        for one in shown:
            if self.shown(one.schema) == version.build_id and not anew:
                continue
            if self.shown(one.former) == version.build_id and not anew:
                self._rename(one.former, one.next)
            else:
                self._copy(version, one)
            self._staged.append(one)
        kept = {name for one in shown for name in (one.schema, one.next, one.former)}
        self._withdrawn = [name for name in self._of_roles() if name not in kept]

    def swap(self) -> None:
        """Show what was staged; the schema shown until now stays as the former one, and the one before it goes.

        The schema of a role for which the version holds no copy goes too.
        """
        if self._staged or self._withdrawn:
            there = [one for one in self._staged if self.shown(one.schema) is not None]
            self._wait_for_readers([one.schema for one in there])
            for one in there:
                if self.shown(one.former) is not None:
                    self._rename(one.former, one.old)
                self._rename(one.schema, one.former)
            for one in self._staged:
                self._rename(one.next, one.schema)
            for name in self._withdrawn:
                self._rename(name, f"{self.schema}__old_{secrets.token_hex(4)}")
        self.postgres.commit()
        self.sweep()

    def forget_former(self) -> None:
        """Take the former schemas away too, as their rows may hold what was erased."""
        for name in (self.schema, *self._of_roles()):
            former = f"{name.removesuffix('__former')}__former"
            if self.shown(former) is not None:
                self._rename(former, f"{self.schema}__old_{secrets.token_hex(4)}")
        self.postgres.commit()
        self.sweep()

    def sweep(self) -> None:
        """Drop schemas that no name leads to; one that is still being read is left to the next publication."""
        left = self.postgres.execute(
            "select nspname from pg_namespace where starts_with(nspname, %s) or starts_with(nspname, %s) "
            "and nspname like %s order by 1",
            [f"{self.schema}__old_", f"{self.schema}{_AS}", r"%\_\_old\_%"],
        ).fetchall()
        self.postgres.commit()
        for (name,) in left:
            try:
                with self.postgres.transaction():
                    self.postgres.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
                    self.postgres.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(name)))
            except (errors.LockNotAvailable, errors.DeadlockDetected):
                self.progress(f"{name} is still being read: the next publication drops it")

    def _shown_of(self, version: PublishedVersion) -> list[_Shown]:
        """What the version shows: to every reader, and to each role that it holds a copy for."""
        files = {EVERYBODY: version.folder / file_of(EVERYBODY)}
        files |= {role_of(file): file for file in restricted_files(version.folder)}
        shown = [
            _Shown(schema_of(self.workspace, role), reader_of(self.workspace, role), file)
            for role, file in files.items()
        ]
        for one in shown:
            if len(one.old) > _LONGEST_NAME:
                raise ServingFailed(
                    f"{one.schema} is too long for a schema of PostgreSQL. Give the role or its reader a shorter name."
                )
        return shown

    def _of_roles(self) -> list[str]:
        """Schemas of roles that are there and not yet left to be dropped."""
        found = self.postgres.execute(
            "select nspname from pg_namespace where starts_with(nspname, %s) and nspname not like %s "
            "and starts_with(obj_description(oid, 'pg_namespace'), %s) order by 1",
            [f"{self.schema}{_AS}", r"%\_\_old\_%", f"Tierworks, {self.workspace} as of "],
        )
        return [name for (name,) in found.fetchall()]

    def _copy(self, version: PublishedVersion, shown: _Shown) -> None:
        self.postgres.execute(sql.SQL("create schema {}").format(sql.Identifier(shown.next)))
        with (
            tempfile.TemporaryDirectory(dir=version.folder.parent, suffix=DRAFT) as scratch,
            open_for_copying(shown.file) as published,
        ):
            names = published.execute("select table_name from duckdb_tables() order by 1").fetchall()
            told = json.loads(published.execute("select tables from published_version").fetchone()[0])
            for (table,) in names:
                key = version.keys.get(table, ())
                rows = create_table(published, self.postgres, shown.next, table, key, Path(scratch) / "rows")
                if table in told and rows != told[table]["rows"]:
                    raise ServingFailed(f"{table}: {rows} rows came, {told[table]['rows']} were published.")
        words = f"Tierworks, {version.workspace} as of {version.as_of_date}, build {version.build_id}. Replaced whole."
        self.postgres.execute(
            sql.SQL("comment on schema {} is {}").format(sql.Identifier(shown.next), sql.Literal(words))
        )
        self._let_read(shown)

    def _let_read(self, shown: _Shown) -> None:
        """Grant the reading role what is staged; it is made where that is allowed."""
        role = sql.Identifier(shown.reader)
        if not self._ask("select 1 from pg_roles where rolname = %s", shown.reader):
            if not self._ask("select rolsuper or rolcreaterole from pg_roles where rolname = current_user"):
                self.progress(
                    f"There is no role {shown.reader}, and {self.origin.user} may not make it: nobody else may read. "
                    f"Ask an administrator for `create role {shown.reader}`; the next publication grants to it."
                )
                return
            self.postgres.execute(sql.SQL("create role {} nologin").format(role))
        schema = sql.Identifier(shown.next)
        self.postgres.execute(sql.SQL("grant usage on schema {} to {}").format(schema, role))
        self.postgres.execute(sql.SQL("grant select on all tables in schema {} to {}").format(schema, role))

    def _wait_for_readers(self, schemas: list[str]) -> None:
        """Hold every table of the shown schemas, so that no statement finds one table before and one after the swap.

        A statement that waits for us looks its tables up again afterwards. A transaction that holds one for longer
        than our patience keeps what it read, and sees the new version with its next statement.
        """
        tables = self.postgres.execute(
            "select schemaname, tablename from pg_tables where schemaname = any(%s)", [schemas]
        ).fetchall()
        if not tables:
            return
        held = sql.SQL(", ").join(sql.Identifier(schema, table) for schema, table in tables)
        deadline = time.monotonic() + self.patience
        while True:
            try:
                with self.postgres.transaction():
                    self.postgres.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
                    self.postgres.execute(sql.SQL("lock table {} in access exclusive mode").format(held))
                return
            except (errors.LockNotAvailable, errors.DeadlockDetected):
                if time.monotonic() > deadline:
                    self.progress(f"A transaction reads {self.schema} for over {self.patience:g} s: swapped around it")
                    return
                time.sleep(random.uniform(*_PAUSE_SECONDS))

    def _rename(self, schema: str, to: str) -> None:
        self.postgres.execute(
            sql.SQL("alter schema {} rename to {}").format(sql.Identifier(schema), sql.Identifier(to))
        )

    def _ask(self, question: str | sql.Composed, *values: object) -> object:
        found = self.postgres.execute(question, values or None).fetchone()
        return found and found[0]
