"""What a reader of databases and APIs does: bring rows of a table into a temporary table of the engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from include.load.connections import Connection
from include.load.declared import Table
from include.load.errors import SourceError

NOT_FINITE = "_not_finite"  # a column that holds the row's content where a number of it is NaN, and null elsewhere


@dataclass(frozen=True)
class Since:
    """Rows whose `column` is `value` or more, or missing; the value is text as the source writes it."""

    column: str
    value: str
    type: str


class RelationReader(ABC):
    """Reads the tables of one source; it is closed when all are read, or abandoned when one could not be."""

    origin: Connection

    @abstractmethod
    def read(self, table: Table, into: str, since: Since | None, only: tuple[str, ...] | None = None) -> None:
        """Make the temporary table `into` of the rows, with the columns of `only` or all.

        Raises
        ------
        SourceError: the table cannot be read; naming source, table and what to do, and no secret.
        SourceUnreachable: nor can the others.
        """

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def abandon(self) -> None: ...

    def unreachable(self, what: str, error: object) -> SourceUnreachable:
        return SourceUnreachable(
            f"{what}: reading by the connection {self.origin.name} failed: {self.origin.scrubbed(error)}"
        )


class SourceUnreachable(SourceError):
    """A whole source cannot be read: nothing of it is loaded."""
