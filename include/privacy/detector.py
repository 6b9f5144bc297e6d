"""Looks for people's values in every kind of file, decoded: a plain search sees through no compression."""

from __future__ import annotations

import gzip
import html
import io
import re
import sqlite3
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import duckdb

from include.load.sql_text import literal, name
from include.privacy.values import Values

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_CHUNK = 8_000_000
_DEEPEST = 4


@dataclass(frozen=True)
class Finding:
    """A value found: in which file, where inside it, and the value as it stands there."""

    path: Path
    inside: str
    value: str


def find_values(folder: Path, values: Values, leave_out: frozenset[Path] = frozenset()) -> list[Finding]:
    """Every distinct (file, place inside, value) under the folder, links not followed.

    DuckDB and SQLite files are opened and all cells read, Parquet is decoded, gzip, zip and tar are opened, and what
    is in them is looked at the same way; of every file the bytes are searched too, as UTF-8 and UTF-16, so that what a
    DELETE left behind is found. JSON's and HTML's escapes and those of addresses are undone.

    Raises
    ------
    ValueError: a database or archive cannot be opened, so that nothing can be said of it.
    """
    found: dict[Finding, None] = {}
    for path in sorted(folder.rglob("*") if folder.is_dir() else [folder]):
        if path.is_file() and not path.is_symlink() and path not in leave_out:
            for inside, value in _in_file(path, values):
                found[Finding(path, inside, value)] = None
    return list(found)


def _in_file(path: Path, values: Values) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        head = file.read(16)
    if head[8:12] == b"DUCK":
        yield from _in_duckdb(path, values)
    elif head.startswith(b"SQLite format 3"):
        yield from _in_sqlite(path, values)
    elif head.startswith(b"PAR1"):
        yield from _in_parquet(path, values)
    is_text = not (head[8:12] == b"DUCK" or head.startswith((b"SQLite format 3", b"PAR1")))
    yield from _in_bytes(path.read_bytes(), "", values, _DEEPEST, is_text)


def _in_bytes(
    content: bytes, inside: str, values: Values, deep: int, is_text: bool = True
) -> Iterator[tuple[str, str]]:
    opened = _opened(content, inside) if deep else None
    if opened is not None:
        for member, part in opened:
            yield from _in_bytes(part, member, values, deep - 1)
        return
    for begin in range(0, len(content), _CHUNK):
        part = content[begin : begin + _CHUNK + 500]
        texts = [part.decode("utf-8", "replace")]
        if part.count(b"\0") * 4 > len(part):
            texts += [part.decode("utf-16-le", "ignore"), part[1:].decode("utf-16-le", "ignore")]
        for text in texts:
            yield from ((inside, value) for value in in_text(text, values, is_text))


def in_text(text: str, values: Values, is_text: bool = True) -> set[str]:
    """Values in the text, as it is and with its escapes undone."""
    forms = [text]
    if not is_text:
        return {value for value, _, _ in values.places_in(text, is_text)}
    if "\\u" in text:
        forms.append(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), text))
    if "&" in text:
        forms.append(html.unescape(text))
    if "%40" in text or "%2B" in text:
        forms.append(unquote(text))
    return {value for form in forms for value, _, _ in values.places_in(form)}


def _opened(content: bytes, inside: str) -> list[tuple[str, bytes]] | None:
    """Members of an archive; None when it is none."""
    try:
        if content.startswith(b"\x1f\x8b"):
            part = gzip.decompress(content)
            return _tar(part, inside) or [(f"{inside}/gzip", part)]
        if content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return [(f"{inside}/{one}", archive.read(one)) for one in archive.namelist()]
        return _tar(content, inside) if content[257:262] == b"ustar" else None
    except (OSError, EOFError, zipfile.BadZipFile, RuntimeError):
        return None  # cut off or of another kind: its bytes are searched as they are


def _tar(content: bytes, inside: str) -> list[tuple[str, bytes]] | None:
    if content[257:262] != b"ustar":
        return None
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return [(f"{inside}/{one.name}", archive.extractfile(one).read()) for one in archive if one.isfile()]


def _in_duckdb(path: Path, values: Values) -> Iterator[tuple[str, str]]:
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise ValueError(f"{path} cannot be opened, so nothing can be said of it: {error}") from None
    try:
        tables = connection.execute(
            "select schema_name, table_name, list({n: column_name, t: data_type}) from duckdb_columns() "
            "where not internal and database_name = current_database() group by all order by all"
        ).fetchall()
        views = set(connection.execute("select schema_name, view_name from duckdb_views()").fetchall())
        for schema, table, columns in tables:
            if (schema, table) not in views:
                place = f"{schema}.{table}"
                yield from _in_relation(connection, f"{name(schema)}.{name(table)}", place, columns, values)
    finally:
        connection.close()


def _in_parquet(path: Path, values: Values) -> Iterator[tuple[str, str]]:
    with duckdb.connect() as connection:
        relation = f"read_parquet({literal(str(path))})"
        described = connection.execute(f"describe from {relation}").fetchall()
        columns = [{"n": column, "t": kind} for column, kind, *_ in described]
        yield from _in_relation(connection, relation, "", columns, values)


def _in_relation(
    connection: duckdb.DuckDBPyConnection, relation: str, place: str, columns: list[dict], values: Values
) -> Iterator[tuple[str, str]]:
    for column in columns:
        kind, own = column["t"], name(column["n"])
        if kind in ("BIGINT", "UBIGINT", "HUGEINT") and not values.numbers:
            continue
        if kind in ("BOOLEAN", "DATE", "DOUBLE", "FLOAT", "INTEGER") or kind.startswith(("DECIMAL", "TIMESTAMP")):
            continue
        told = f"{own}::varchar" if kind != "BLOB" else f"hex({own})"
        only = "true" if kind == "BLOB" else values.may_be_in(f"{own}::varchar")
        rows = connection.execute(f"select distinct {told} from {relation} where {own} is not null and ({only})")
        inside = f"{place}.{column['n']}".strip(".")
        while batch := rows.fetchmany(20_000):
            texts = [text for (text,) in batch]
            if kind == "BLOB":
                for text in texts:
                    yield from _in_bytes(bytes.fromhex(text), inside, values, _DEEPEST)
            else:
                yield from ((inside, value) for value in in_text("\n".join(texts), values))


def _in_sqlite(path: Path, values: Values) -> Iterator[tuple[str, str]]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            for row in connection.execute(f"select * from {name(table)}"):
                text = "\n".join(
                    one.decode("utf-8", "ignore") if isinstance(one, bytes) else str(one) for one in row if one
                )
                for value in in_text(text, values):
                    yield table, value
    connection.close()
