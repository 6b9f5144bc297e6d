"""Writes the simulated CRM as files, in the shape that a declaration of it reads, and the truth beside them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from include.contract.positioned_yaml import read_positioned
from include.load.declaration import read_declaration
from include.load.declared import Table
from include.load.sql_text import literal, name
from include.simulator.simulation import Simulation, SimulationInvalid
from include.simulator.state import OWN, rows_now
from include.simulator.text_files import LINE_FAULTS, as_written, header_of, line_of, spoiled_line
from include.simulator.true_tables import write_truth
from include.simulator.world import FOLDER, World
from include.workspace import SHIPPED_SOURCES

DECLARATION = SHIPPED_SOURCES / "simulated.yml"
FORMATS = ("csv", "parquet", "jsonl")
_SUFFIX = {"csv": ".csv", "parquet": ".parquet", "jsonl": ".jsonl"}


def write_files(
    simulation: Simulation,
    folder: Path,
    form: str | None = None,
    only: Collection[str] = (),
    progress: Callable[[str], object] = print,
    threads: int | None = None,
    laws: Mapping[str, float] | None = None,
    actions: Collection[Path] = (),
) -> None:
    """Fill `folder`, which must not exist or be empty, all or nothing.

    Each table is in the format that `include/sources/simulated.yml` declares, or in `form`. `only` limits them by name,
    and the truth to what is made for them; `laws` take the place of those of `laws.yml`; `actions` are files of actions
    that were written back, and then done.

    Raises
    ------
    SimulationInvalid: the folder holds something, or a table or format is unknown.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SimulationInvalid(f"{folder} is not empty. Give a folder that does not exist yet.")
    tables = [_in_form(table, form) for table in read_declaration(DECLARATION).tables]
    if unknown := set(only) - {table.name for table in tables}:
        known = ", ".join(table.name for table in tables)
        raise SimulationInvalid(f"no table {', '.join(sorted(unknown))}; there are {known}.")
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        scripts = [FOLDER / "tables" / f"{table}.sql" for table in only]
        world = World(simulation, threads, laws, scripts, actions)
        writer = FileWriter(world, draft)
        for number, done in enumerate(world.chunks(), start=1):
            for table in tables:
                if (not only or table.name in only) and (number == 1 or "*" in table.files[0]):
                    writer.write(table, number)
            write_truth(world, draft / "truth", number)
            progress(f"{done:,} of {simulation.customers:,} people written")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _in_form(table: Table, form: str | None) -> Table:
    if form is None or table.format == "fixed_width":
        return table
    if form not in FORMATS:
        raise SimulationInvalid(f"format {form} is none of {', '.join(FORMATS)}.")
    stem = table.files[0].split(".")[0]
    return replace(table, format=form, files=(stem + _SUFFIX[form],))


class FileWriter:
    """Writes the tables of one chunk after the other; `dirty` are the bad rows of the last chunk, as SQL values."""

    def __init__(self, world: World, folder: Path):
        self.connection, self.folder = world.connection, folder
        self.faults = read_positioned(FOLDER / "dirt.yml").plain()
        self.dirty: list[str] = []
        self.chunk = 0

    def write(self, table: Table, chunk: int) -> None:
        """Write the table's file of this chunk."""
        if chunk != self.chunk:
            self.chunk, self.dirty = chunk, []
            self.connection.execute(
                "create or replace temp table dirty_rows "
                "(table_name varchar, file varchar, code varchar, column_name varchar, key varchar)"
            )
        file = table.files[0].replace("*", f"{chunk:05}")
        target = self.folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        columns = self._stage(table)
        self._spoil(table, columns, file)
        if table.format == "parquet":
            selected, options = f"select {', '.join(map(name, columns))} from staged", "format parquet"
        else:
            header = header_of(table, columns)
            if header is None and not self.connection.execute("from staged limit 1").fetchall():
                return
            first = f"select {literal(header)} as line union all " if header else ""
            selected = f"{first}select line from staged"
            options = "format csv, header false, delimiter e'\\x01', quote '', escape ''"
            options += ", compression gzip" if target.suffix == ".gz" else ""
        self.connection.execute(f"copy ({selected}) to {literal(str(target))} ({options})")

    def _stage(self, table: Table) -> dict[str, str]:
        """Fill `staged` with the rows as they are written; gives their columns and types."""
        query = rows_now(table.name)
        described = self.connection.execute(f"describe {query}").fetchall()
        columns = {column: kind for column, kind, *_ in described if column not in OWN or column in table.uses}
        written = ", ".join(f"{as_written(table, column, kind)} as {name(column)}" for column, kind in columns.items())
        line = f", {line_of(table, columns)} as line" if table.format != "parquet" else ""
        self.connection.execute(
            f"create or replace temp table staged as select *{line} from (select {written} from ({query}))"
        )
        described = self.connection.execute("describe staged").fetchall()
        return {column: kind for column, kind, *_ in described if column in columns}

    def _fits(self, fault: dict, table: Table, columns: dict[str, str]) -> bool:
        """Whether a file of this format can hold the fault."""
        if "line" in fault:
            return LINE_FAULTS[fault["line"]] == table.format
        value, kind = literal(fault["value"]), columns[fault["column"]]
        return self.connection.execute(f"select {value} is null or try_cast({value} as {kind}) is not null").fetchone()[
            0
        ]

    def _spoil(self, table: Table, columns: dict[str, str], file: str) -> None:
        faults = [fault for fault in self.faults.get(table.name, []) if self._fits(fault, table, columns)]
        key = name(table.key[0])
        if faults:
            self.connection.execute(
                "create or replace temp table chosen as select *, "
                f"hash(xor(hash({literal(table.name)}), hash({key}))) % {len(faults)} as fault "
                f"from staged where u(hash({key}), 'dirty') < dirty()"
            )
        for number, fault in enumerate(faults):
            changed = {table.key[0]: f"cast('-1' || cast({key} as varchar) as {columns[table.key[0]]})"}
            if "column" in fault:
                wanted = f"cast({literal(fault['value'])} as {columns[fault['column']]})"
                kept_key = fault["code"] == "duplicate_key" or fault["column"] == table.key[0]
                changed = ({} if kept_key else changed) | {fault["column"]: wanted}
            replaced = ", ".join(f"{value} as {name(column)}" for column, value in changed.items())
            bad = f"select * exclude (fault) replace ({replaced}) from chosen where fault = {number}"
            if table.format != "parquet":
                spoiled = spoiled_line(table, fault.get("line"))
                bad = f"select * replace ({line_of(table, columns)} as line) from ({bad})"
                bad = f"select * replace ({spoiled} as line) from ({bad})"
            self.connection.execute(f"create or replace temp table bad as {bad}")
            self.connection.execute("insert into staged by name from bad")
            self.connection.execute(
                f"insert into dirty_rows select {literal(table.name)}, {literal(file)}, {literal(fault['code'])}, "
                f"{literal(fault.get('column'))}, cast({key} as varchar) from bad"
            )
