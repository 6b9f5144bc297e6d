"""Takes people's records out of the files of the landing folder: delimited, JSON Lines and Parquet, plain or gzip."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from include.contract.reader import read_date_bounds
from include.load.attempts import attempts_hold
from include.load.cutting import belonging, broken_lines, erased_by_contact
from include.load.declared import Source, Table
from include.load.erased import ErasedPeople
from include.load.errors import SourceError
from include.load.files import LandingFile, find_files, landing_folder
from include.load.incoming import drop_working_tables, stage_files
from include.load.peoples_rows import PeoplesRows
from include.load.row_checks import RowChecks
from include.load.sql_text import literal, name
from include.privacy.files import replace_bytes
from include.workspace import Workspace


@dataclass(frozen=True)
class Change:
    """What becomes of a record of so many `lines`: it goes, or columns of it are `emptied`."""

    emptied: frozenset[str] | None
    lines: int = 1


Changes = dict[int, Change]  # by the first line of the record


def rewrite_landing(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    sources: list[Source],
    erased: ErasedPeople,
    progress: Callable[[str], object],
) -> tuple[int, list[str]]:
    """Rewrite the files that hold records of erased people; each in one step, all other records as they were.

    Returns how many were rewritten, and a message for each that is not within reach.
    """
    count, left = 0, []
    for source in sources:
        tables = [table for table in source.tables if table.relation is None]
        if any(table.relation is not None for table in source.tables):
            left.append(f"{source.name}: its database or API is not ours to change. Erase there too.")
        if not tables:
            continue
        if source.folder.startswith("s3://") or (workspace.data is None and source.package is not None):
            left.append(f"{source.name}: its files are not in a folder of ours. Erase there too.")
            continue
        folder = landing_folder(source, workspace)
        unfolded = [(table.each, {file.path for file in _files(table, folder)[0]}) for table in tables if table.each]
        for table in tables:
            files, refused = _files(table, folder)
            left.extend(refused)
            for file in files:
                lists = {each for each, paths in unfolded if file.path in paths}
                try:
                    changes, columns = _changes(connection, table, file, erased, lists)
                    if changes:
                        _rewrite(table, file.path, changes, columns)
                        count += 1
                        progress(f"{table.label}: {file.name}: {len(changes):,} records")
                except (SourceError, ValueError, csv.Error) as problem:
                    left.append(f"{table.label}: {file.name}: {problem}")
    return count, left


def _files(table: Table, folder: Path) -> tuple[list[LandingFile], list[str]]:
    """Files of a table that are still in the folder, and messages on those that cannot be read."""
    try:
        return find_files(table, folder)
    except SourceError:  # they were taken away after a load
        return [], []


def _changes(
    connection: duckdb.DuckDBPyConnection, table: Table, file: LandingFile, erased: ErasedPeople, lists: set[str]
) -> tuple[Changes, list[str]]:
    """What becomes of the records of a file, and its columns in their order.

    `lists` in its objects are rows of another table, which the books may need.
    """
    staged, types, messages = stage_files(connection, table, [file], {}, True)
    if not staged:
        raise SourceError("; ".join(messages))
    checks = RowChecks(table, types, read_date_bounds(), connection)
    people = PeoplesRows(connection, table, checks)
    people.find_keys("incoming", erased.keys_among(table.source))
    tied = belonging(people, erased)
    whole = f"({people.whole})" + (f" or ({tied})" if tied else "")
    goes = whole
    if contact := erased_by_contact(connection, people, erased):
        goes += f" or {contact}"
    with attempts_hold(connection):
        rows = connection.execute(
            "select _line, coalesce(length(_text) - length(replace(_text, chr(10), '')), 0) + 1, "
            f"{goes}, {people.beside}, {whole} from {checks.cleaned('incoming')} where {goes} or {people.beside}"
        ).fetchall()
    kept, changes = people.unlinked, {}
    for line, lines, is_whole, is_beside, is_named in rows:
        emptied = people.named_beside if is_beside else set()
        if is_whole and (kept is None or not is_named):
            changes[line] = Change(None, lines)
        else:
            changes[line] = Change(frozenset(emptied | (kept - lists if is_whole else set())), lines)
    changes |= {line: Change(None) for _, line in broken_lines(connection, table, erased)}
    drop_working_tables(connection)
    return changes, list(types)


def _rewrite(table: Table, path: Path, changes: Changes, columns: list[str]) -> None:
    if table.format == "parquet":
        _parquet(path, changes)
        return
    if table.each is not None:
        raise ValueError(f"the items of `{table.each}` are not rewritten. Take the person out by hand.")
    if table.format not in ("csv", "jsonl"):
        raise ValueError(f"files of the format {table.format} are not rewritten. Take the person out by hand.")
    content = path.read_bytes()
    packed = content.startswith(b"\x1f\x8b")
    text = (gzip.decompress(content) if packed else content).decode(table.encoding, "surrogateescape")
    records = _csv(text, table, changes, columns) if table.format == "csv" else _json_lines(text, changes)
    written = "".join(records).encode(table.encoding, "surrogateescape")
    replace_bytes(path, gzip.compress(written, mtime=0) if packed else written)


def _csv(text: str, table: Table, changes: Changes, columns: list[str]) -> Iterator[str]:
    """Records as they stand; those that change are written anew by the rules of the file.

    Where records begin and end is the load's word: a quote that is never closed would take along what follows it.
    """
    rules = {"delimiter": table.delimiter, "quotechar": table.quote or None}
    if not table.quote:
        rules["quoting"] = csv.QUOTE_NONE
    numbered = _numbered(text)
    for number, line in numbered:
        if (change := changes.get(number)) is None:
            yield line
            continue
        record = [line]
        while len(record) < change.lines:
            number, line = next(numbered)
            if _is_skipped(table, number, line):
                yield line
            else:
                record.append(line)
        if change.emptied is not None:
            end = line[len(line.rstrip("\r\n")) :]
            out, fields = io.StringIO(), next(csv.reader(record, **rules))
            written = ["" if column in change.emptied else field for column, field in zip(columns, fields, strict=True)]
            csv.writer(out, lineterminator=end, **rules).writerow(written)
            yield out.getvalue()


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    """Lines as a load numbers them; a value may hold other ends of lines."""
    return enumerate(io.StringIO(text, newline="\n" if "\n" in text else "\r"), 1)


def _is_skipped(table: Table, number: int, line: str) -> bool:
    text = line.rstrip("\r\n")
    return number <= table.skip_first or any(re.search(expression, text) for expression in table.skip_matching)


def _json_lines(text: str, changes: Changes) -> Iterator[str]:
    for number, line in _numbered(text):
        if (change := changes.get(number)) is None:
            yield line
        elif change.emptied is not None:
            record = {key: None if key in change.emptied else value for key, value in json.loads(line).items()}
            yield json.dumps(record, ensure_ascii=False) + "\n"


def _parquet(path: Path, changes: Changes) -> None:
    gone = [(line, "") for line, change in changes.items() if change.emptied is None]
    emptied = [(line, column) for line, change in changes.items() for column in change.emptied or ()]
    draft = f"{path}.{os.getpid()}.draft"
    # The file's own columns: what the names of its folders tell is not written into it.
    file = f"read_parquet({literal(str(path))}, hive_partitioning = false, file_row_number = true)"
    with duckdb.connect() as connection:
        for table, values in (("gone", gone), ("emptied", emptied)):
            connection.execute(f"create temp table {table} (n bigint, c varchar)")
            for begin in range(0, len(values), 500):
                rows = ", ".join(f"({line}, {literal(column)})" for line, column in values[begin : begin + 500])
                connection.execute(f"insert into {table} values {rows}")
        present = [column for column, *_ in connection.execute(f"describe from {file}").fetchall()]
        line = "file_row_number + 1"
        replaced = ", ".join(
            f"case when {line} not in (select n from emptied where c = {literal(c)}) then {name(c)} end as {name(c)}"
            for c in sorted({column for _, column in emptied} & set(present))
        )
        connection.execute(
            f"copy (select * exclude (file_row_number) {f'replace ({replaced})' if replaced else ''} "
            f"from {file} where {line} not in (select n from gone) order by file_row_number) "
            f"to {literal(draft)} (format parquet)"
        )
    os.chmod(draft, path.stat().st_mode & 0o777)
    os.replace(draft, path)
