"""What can go wrong while loading, in words for the person who has to mend it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from include.load.result import LoadResult


class DeclarationInvalid(ValueError):
    """One or more declarations are wrong; every problem is a `file:line: what` in `problems`."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


class SourceError(ValueError):
    """A file, or a table as a whole, cannot be loaded."""


class LoadFailed(RuntimeError):
    """Some files could not be loaded. The good ones are in; `result` says which, `messages` why the others are not."""

    def __init__(self, messages: list[str], result: LoadResult):
        self.messages = messages
        self.result = result
        super().__init__("\n".join(messages))


def raise_if_engine_failed(error: duckdb.Error) -> None:
    """Raise the error again when the engine broke or ran out of memory: that is no fault of what it was reading."""
    if isinstance(error, duckdb.FatalException | duckdb.OutOfMemoryException):
        raise error


def told(error: duckdb.Error) -> str:
    """The first line of the engine's words, without what it quotes: that may be somebody's value."""
    return re.sub(r"(['\"]).*\1", "…", str(error).splitlines()[0])[:200]
