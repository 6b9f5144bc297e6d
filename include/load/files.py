"""Which files a table's patterns find, and what is in them by hash."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from include.load.declared import Source, Table
from include.load.errors import SourceError
from include.workspace import Workspace


@dataclass(frozen=True)
class LandingFile:
    """A file of a table: `name` is its path inside the landing folder; `state` its size and time when it was hashed.

    A copy that nobody else writes to needs no `state`.
    """

    name: str
    path: Path
    content_hash: str
    state: tuple[int, int] | None = None

    def changed(self) -> bool:
        """Whether somebody has written to it since."""
        return self.state is not None and _state(self.path) != self.state


def landing_folder(source: Source, workspace: Workspace) -> Path:
    """The workspace's data folder, or else that of the package that ships the source's data, or of what generates it.

    Raises
    ------
    SourceError: there is neither, or the package is not installed.
    """
    if workspace.data is not None:
        return workspace.data
    if source.generate is not None:
        from include.simulator.landing import generated_folder  # only for the company that nobody owns

        return generated_folder(source.generate, source.name, workspace)
    if source.package is None:
        raise SourceError(f"{source.name}: no data folder is given. Give the folder with the files as DATA=<folder>.")
    spec = importlib.util.find_spec(source.package)
    if spec is None or not spec.submodule_search_locations:
        raise SourceError(
            f"{source.name}: the package {source.package} that ships the data is not installed. "
            "Install it, or give a folder with the files as DATA=<folder>."
        )
    return Path(spec.submodule_search_locations[0]) / source.folder


def find_files(table: Table, folder: Path) -> tuple[list[LandingFile], list[str]]:
    """Files of a table in name order, and messages on those that were refused.

    Raises
    ------
    SourceError: nothing matches and the table is not optional.
    """
    matched = sorted({path for pattern in table.files for path in _found(folder, pattern)})
    found: list[LandingFile] = []
    refused: list[str] = []
    inside = folder.resolve()
    for path in matched:
        name = path.relative_to(folder).as_posix()
        if not name.isprintable():
            shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            refused.append(f"{table.label}: {shown!r} has a name with signs that cannot be written. Rename the file.")
        elif not Path(os.path.realpath(path)).is_relative_to(inside):
            refused.append(
                f"{table.label}: {name} is a link that leaves the landing folder. Copy the file there instead."
            )
        elif path.is_file():
            try:
                state = _state(path)
                found.append(LandingFile(name, path, _content_hash(path), state))
            except OSError as error:
                refused.append(
                    f"{table.label}: {name} cannot be read ({error.strerror}). Allow it, or remove the file."
                )
        elif not path.exists():
            refused.append(f"{table.label}: {name} is a link to nothing. Mend or remove it.")
        elif path.suffix:
            what = "a folder. Declare the files in it, or rename it" if path.is_dir() else "no ordinary file. Remove it"
            refused.append(f"{table.label}: {name} is {what}.")
    if not found and not refused and not table.optional:
        raise SourceError(
            f"{table.label}: no file in {folder} matches {', '.join(table.files)}. Put the files there, or declare "
            f"the table `optional: true` in {table.path}:{table.line}."
        )
    return found, refused


def _found(folder: Path, pattern: str) -> list[Path]:
    """The file of that very name, such as `sales [2024].csv`, or those that the pattern matches."""
    named = folder / pattern
    return [named] if named.is_file() else list(folder.glob(pattern))


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _content_hash(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
