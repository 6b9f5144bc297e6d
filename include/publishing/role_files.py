"""Which file of a version a role reads. All but that of every reader can be opened by their owner alone."""

from __future__ import annotations

from pathlib import Path

EVERYBODY = "masked"
_EVERYBODYS_FILE = "tierworks.duckdb"


def file_of(role: str) -> str:
    """Name of the file of a version that the role, or `role.reader`, reads."""
    return _EVERYBODYS_FILE if role == EVERYBODY else f"tierworks.{role}.duckdb"


def restricted_files(folder: Path) -> list[Path]:
    """Files of the copies that a version holds, in order of their names."""
    return sorted(folder.glob("tierworks.?*.duckdb"))


def role_of(file: Path) -> str:
    """The role, or `role.reader`, whose file it is."""
    return file.name.removeprefix("tierworks.").removesuffix(".duckdb")
