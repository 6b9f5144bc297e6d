"""Tells by its first bytes that a file is not the text it was declared to be."""

from __future__ import annotations

from pathlib import Path

from include.load.errors import SourceError

_CONTAINERS = {
    b"PK\x03\x04": "a zip archive or an Excel workbook. Export it as text, or unpack it",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook. Export it as text",
    b"BZh": "packed by bzip2. Unpack it, or pack it with gzip",
    b"\xfd7zXZ": "packed by xz. Unpack it, or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "packed by zstd. Unpack it, or pack it with gzip",
    b"PAR1": "a Parquet file. Declare `format: parquet`",
    b"%PDF": "a PDF document. Deliver the data as text",
}
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def refuse_container(path: Path, label: str) -> None:
    """Raise SourceError where a text file was expected and its first bytes are those of something else."""
    with path.open("rb") as content:
        first = content.read(8)
    for magic, what in _CONTAINERS.items():
        if first.startswith(magic):
            raise SourceError(f"{label} is {what}.")


def encoding_hint(path: Path) -> str:
    """What the first bytes of a file say about its encoding, as words to put after a message; often nothing."""
    with path.open("rb") as content:
        first = content.read(64)
    if mark := _MARKS.get(first[:2]):
        return f" Its first bytes say {mark}."
    if first.count(0) * 3 > len(first):
        return " It looks like utf-16-le or utf-16-be."
    return ""
