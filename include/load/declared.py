"""A source declaration, once read and found valid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from include.contract.reader import Entity
from include.simulator.simulation import Simulation

ROW_ID = "_row_id"


@dataclass(frozen=True)
class ColumnMapping:
    """How one contract column is made: from a source column, a constant, or a scalar expression.

    `uses` are the source columns it needs. `codes` translates source codes (None: the value is taken as it is);
    `default` stands for missing and unlisted ones when `has_default`. `rule` says how a group's values become one,
    and the scalar expression `order_by` puts the group's rows in order. What is `optional` may be absent from a file.
    `if_missing` stands where a row, or a whole group, tells nothing. Data health leaves out what is not `is_measured`.
    """

    name: str
    line: int
    column: str | None = None
    expression: str | None = None
    constant: str | int | float | bool | None = None
    uses: tuple[str, ...] = ()
    format: str | None = None
    codes: tuple[tuple[str, str | None], ...] | None = None
    default: str | None = None
    has_default: bool = False
    rule: str = "first"
    order_by: str | None = None
    order_uses: tuple[str, ...] = ()
    optional: bool = False
    if_missing: str | None = None
    is_measured: bool = True

    @property
    def is_row_id(self) -> bool:
        return self.column == ROW_ID


@dataclass(frozen=True)
class EntityMapping:
    """How rows of a table become rows of a contract entity; grouped ones give one row a key."""

    entity: Entity
    line: int
    columns: tuple[ColumnMapping, ...]
    where: str | None = None
    where_uses: tuple[str, ...] = ()
    grouped: bool = False

    @cached_property
    def key(self) -> ColumnMapping:
        return next(column for column in self.columns if column.name == self.entity.key)

    @property
    def uses(self) -> set[str]:
        used = {used for column in self.columns for used in (*column.uses, *column.order_uses)}
        return (used | set(self.where_uses)) - {ROW_ID}

    @property
    def needs(self) -> set[str]:
        """Those of `uses` without which no row can be judged."""
        used = {used for column in self.columns for used in (() if column.optional else column.uses)}
        return used.union(self.where_uses, *(column.order_uses for column in self.columns)) - {ROW_ID}


@dataclass(frozen=True)
class FixedColumn:
    """A column of a fixed-width line: `start` is its first character, counted from 1."""

    name: str
    start: int
    width: int


@dataclass(frozen=True)
class Cursor:
    """The column whose growth tells what is new. `overlap` is a number, or a time as `N seconds`.

    `parameter` is what a REST API takes the lower bound in.
    """

    column: str
    overlap: int | str | None = None
    parameter: str | None = None


@dataclass(frozen=True)
class Deletes:
    """How a source tells that rows are gone: by a column that marks them, by its list of keys, or by both.

    Without `values` a tombstone is any value of the column but false. `reconcile` is `daily` or `always`.
    """

    tombstone: str | None = None
    values: tuple[str, ...] = ()
    reconcile: str | None = None


@dataclass(frozen=True)
class Paging:
    """How a REST API cuts its answer into pages; `next` is where an answer says what follows, as a dotted path."""

    style: str
    parameter: str | None = None
    size_parameter: str | None = None
    size: int | None = None
    next: str | None = None
    first: int = 1


@dataclass(frozen=True)
class Table:
    """A foreign table: where its rows are, how they are written, what identifies one, what it feeds.

    Its rows are in `files`, or in a `relation`: a table or view of a database, or a path of a REST API.

    `each` names a list inside the objects, whose items are the rows. Lines up to `skip_first`, and those in which an
    expression of `skip_matching` finds something, are no rows.

    `digest` changes when anything that decides the stored rows does.
    """

    source: str
    name: str
    path: Path
    line: int
    format: str
    key: tuple[str, ...]
    entities: tuple[EntityMapping, ...]
    null_values: tuple[str, ...]
    timezone: str
    business_timezone: str
    currency: str | None
    digest: str
    optional: bool = False
    files: tuple[str, ...] = ()
    relation: str | None = None
    cursor: Cursor | None = None
    deletes: Deletes | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    records: str = ""
    paging: Paging = Paging("none")
    requests_per_second: float | None = None
    timeout_seconds: float | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    column_names: tuple[str, ...] = ()
    fixed_columns: tuple[FixedColumn, ...] = ()
    each: str | None = None
    skip_first: int = 0
    skip_matching: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.source}/{self.name}"

    @property
    def landed(self) -> str:
        """The table of `raw` that holds the rows as the source has them."""
        return f"{self.source}__{self.name}"

    @property
    def has_lines(self) -> bool:
        """Whether the rows are lines of a text file."""
        return self.format in ("csv", "fixed_width", "jsonl")

    @property
    def keeps_newest(self) -> bool:
        """Whether a key may come several times in one reading, the newest row counting, and not as an error."""
        return self.cursor is not None or self.format == "rest"

    @property
    def uses(self) -> list[str]:
        """Source columns that are read, in name order."""
        return sorted(self._own.union(*(mapping.uses for mapping in self.entities)))

    @property
    def needs(self) -> list[str]:
        """Those of `uses` that must be there."""
        return sorted(self._own.union(*(mapping.needs for mapping in self.entities)))

    @property
    def _own(self) -> set[str]:
        own = {*self.key, *((self.cursor.column,) if self.cursor else ())}
        return own | ({self.deletes.tombstone} if self.deletes and self.deletes.tombstone else set())


@dataclass(frozen=True)
class Source:
    """A source: where its files are and what its tables mean. `package` holds the data when it is shipped in one.

    `connection` names the URL, with its secrets, of the database, API or object store; `auth` is `bearer`, `basic` or
    the name of the header that takes an API's token. `generate` is what makes the files when no folder is given.
    """

    name: str
    path: Path
    tables: tuple[Table, ...]
    package: str | None = None
    folder: str = "."
    connection: str | None = None
    auth: str | None = None
    generate: Simulation | None = None
