"""What has been read of a table and waits in the temporary table `incoming`."""

from __future__ import annotations

from dataclasses import dataclass

from include.load.files import LandingFile


@dataclass(frozen=True)
class Arrival:
    """What the temporary table `incoming` holds: `types` of its columns, and the files or relation it is from.

    `read_anew` are those whose rows are all in it, None meaning all of the relation; `keys` is a relation with
    the keys of all rows that the source still has.
    """

    types: dict[str, str]
    files: list[str]
    read_anew: list[str] | None
    keys: str | None = None


@dataclass(frozen=True)
class Staged:
    """Files that are in the temporary table `incoming`, the types of its columns, and messages on unreadable files.

    `skipped` files are in already; `anew` means that the table is to be landed from the beginning.
    """

    files: list[LandingFile]
    types: dict[str, str]
    messages: list[str]
    skipped: int
    anew: bool
