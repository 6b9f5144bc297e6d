"""Reads a text file of any encoding, plain or gzip, as numbered lines in the engine, in bounded memory."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy
import pyarrow
import pyarrow.compute

from include.load.errors import SourceError
from include.load.file_signature import encoding_hint, refuse_container
from include.load.sql_text import literal

# Noncharacters of Unicode stand in for what text must not hold, so that the row it is in can be told by SQL.
INVALID_BYTE = "\ufdd0"  # followed by the byte in hex
NUL = "\ufdd1"
LINE_TOO_LONG = "\ufdd2"
LONGEST_LINE = 8_000_000  # characters
_KEPT_OF_TOO_LONG = 1_000
_CHUNK = 16_000_000  # bytes
_UTF_8 = ("utf-8", "utf-8-sig")


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(f"{INVALID_BYTE}{byte:02x}" for byte in error.object[error.start : error.end]), error.end


codecs.register_error("tierworks_mark", _mark)


def read_lines(connection: duckdb.DuckDBPyConnection, path: Path, encoding: str, label: str) -> None:
    """Fill the temporary table `lines(line, text)`: the 1-based physical line, and its text without its end.

    Bytes that the encoding does not know, NULs and lines over `LONGEST_LINE` are marked, not dropped.

    Raises
    ------
    SourceError: the file is empty, is a damaged gzip, no text at all, or more than half of its lines are not in the
        encoding.
    """
    refuse_container(path, label)
    connection.execute("create or replace temp table lines (line bigint, text varchar)")
    first = 1
    for chunk in _whole_lines(path, encoding, label):
        texts = pyarrow.compute.split_pattern(pyarrow.array([chunk], pyarrow.large_string()), "\n").flatten()
        batch = pyarrow.table({"line": numpy.arange(first, first + len(texts)), "text": texts})
        connection.register("line_batch", batch)
        connection.execute("insert into lines from line_batch")
        connection.unregister("line_batch")
        first += len(texts)
    marked, total = connection.execute(
        f"select count(*) filter (where contains(text, '{INVALID_BYTE}') or contains(text, '{NUL}')), count(*) "
        "from lines"
    ).fetchone()
    if total == 0:
        raise SourceError(f"{label} is empty. Deliver it again, or remove the file.")
    if marked * 2 > total:
        raise SourceError(
            f"{label} is not {encoding} text: {marked} of its {total} lines hold bytes that are none. "
            f"Declare its `encoding`, or remove the file.{encoding_hint(path)}"
        )


def skip_lines(connection: duckdb.DuckDBPyConnection, first: int, matching: Sequence[str]) -> None:
    """Take out of `lines` those up to `first`, and those in which an expression finds something."""
    conditions = [f"line <= {first}"] if first else []
    conditions += [f"regexp_matches(text, {literal(expression)})" for expression in matching]
    if conditions:
        connection.execute(f"delete from lines where {' or '.join(conditions)}")


def _whole_lines(path: Path, encoding: str, label: str) -> Iterator[str]:
    """Runs of whole lines joined by newlines, without the last newline."""
    rest, too_long, old_ends = "", None, None
    for text in _decoded(path, encoding, label):
        if old_ends is None and text:  # a carriage return alone ended lines once
            old_ends = "\r" in text[:-1] and "\n" not in text
        if old_ends:
            text = text.replace("\r", "\n")
        if too_long is not None:
            _, newline, text = text.partition("\n")
            if not newline:
                continue
            yield too_long
            too_long = None
        rest += text.replace("\0", NUL)
        cut = rest.rfind("\n")
        if cut >= 0:
            yield rest[:cut].replace("\r\n", "\n").removesuffix("\r")
            rest = rest[cut + 1 :]
        if len(rest) > LONGEST_LINE:
            rest, too_long = "", rest[:_KEPT_OF_TOO_LONG] + LINE_TOO_LONG
    if too_long is not None or rest:
        yield too_long or rest.removesuffix("\r")


def _decoded(path: Path, encoding: str, label: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="tierworks_mark")
    with path.open("rb") as plain:
        zipped = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        content = gzip.GzipFile(fileobj=plain) if zipped else plain
        first = True
        while True:
            try:
                data = content.read(_CHUNK)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise SourceError(f"{label} is a damaged gzip file ({error}). Deliver it again.") from None
            if first and data.startswith(codecs.BOM_UTF8) and codecs.lookup(encoding).name not in _UTF_8:
                raise SourceError(f"{label} begins with the mark of utf-8. Declare `encoding: utf-8`.")
            text = decoder.decode(data, final=not data)
            yield text.lstrip("\ufeff") if first else text
            first = first and not text
            if not data:
                return
