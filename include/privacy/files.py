"""Takes people's values out of files that are no warehouse: kept ledgers, Parquet, SQLite, logs, pages, artifacts."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import duckdb

from include.load.sql_text import literal, name
from include.privacy.values import Values

_LINES = (".jsonl", ".csv", ".tsv")
_TEXT = (".log", ".html", ".json", ".md", ".txt", ".sql", ".yml", ".yaml", ".xml", ".css", ".js")


def take_out_of_file(path: Path, values: Values) -> int | None:
    """Write the file anew without the values; how many lines, rows or places went, None where the kind is unknown.

    Of ledgers and tables the whole line or row goes, elsewhere the value is replaced by `***`.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"SQLite format 3"):
        return _sqlite(path, values)
    if head.startswith(b"PAR1"):
        return _parquet(path, values)
    if path.suffix in _LINES:
        return _lines(path, values)
    if path.suffix in _TEXT or path.name in ("MLmodel", "stdout", "stderr"):
        text, count = values.redact(path.read_text(encoding="utf-8", errors="surrogateescape"))
        if count:
            replace_bytes(path, text.encode("utf-8", "surrogateescape"))
        return count
    return None


def replace_bytes(path: Path, content: bytes) -> None:
    """Put other content in the place of a file in one step; its mode stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    mode = path.stat().st_mode & 0o777
    with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(draft, mode)
    os.replace(draft, path)


def _lines(path: Path, values: Values) -> int:
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not _tells(line, values)]
    if len(kept) < len(lines):
        replace_bytes(path, "".join(kept).encode("utf-8", "surrogateescape"))
    return len(lines) - len(kept)


def _tells(line: str, values: Values) -> bool:
    if values.places_in(line):
        return True
    try:
        return "\\u" in line and bool(values.places_in(json.dumps(json.loads(line), ensure_ascii=False)))
    except ValueError:
        return False


def _parquet(path: Path, values: Values) -> int:
    with duckdb.connect() as connection:
        relation = f"read_parquet({literal(str(path))}, file_row_number = true)"
        texts = [
            column
            for column, kind, *_ in connection.execute(f"describe from {relation}").fetchall()
            if kind == "VARCHAR" or "VARCHAR" in kind
        ]
        told = " || chr(10) || ".join(f"coalesce({name(column)}::varchar, '')" for column in texts)
        rows = connection.execute(f"select file_row_number, {told} from {relation}").fetchall() if texts else []
        gone = [number for number, text in rows if values.places_in(text)]
        if gone:
            draft = f"{path}.{os.getpid()}.draft"
            connection.execute("create temp table gone (n bigint)")
            for begin in range(0, len(gone), 500):
                connection.execute(f"insert into gone values {', '.join(f'({n})' for n in gone[begin : begin + 500])}")
            connection.execute(
                f"copy (select * exclude (file_row_number) from {relation} where file_row_number not in "
                f"(select n from gone) order by file_row_number) to {literal(draft)} (format parquet)"
            )
            os.chmod(draft, path.stat().st_mode & 0o777)
            os.replace(draft, path)
    return len(gone)


def _sqlite(path: Path, values: Values) -> int:
    count = 0
    with sqlite3.connect(path, isolation_level=None) as connection:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            columns = [row[1] for row in connection.execute(f"pragma table_info({name(table)})")]
            for column in columns:
                rows = connection.execute(
                    f"select rowid, {name(column)} from {name(table)} where typeof({name(column)}) = 'text'"
                ).fetchall()
                for rowid, text in rows:
                    clean, found = values.redact(text)
                    if found:
                        connection.execute(
                            f"update {name(table)} set {name(column)} = ? where rowid = ?", (clean, rowid)
                        )
                        count += found
        if count:
            connection.execute("pragma wal_checkpoint(truncate)")
            connection.execute("vacuum")
    connection.close()
    return count
