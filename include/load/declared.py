"""A source declaration, once read and found valid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from include.contract.reader import Entity

ROW_ID = "_row_id"


@dataclass(frozen=True)
class ColumnMapping:
    """How one contract column is made: from a source column, a constant, or a scalar expression.

    `uses` are the source columns it needs. `codes` translates source codes (None: the value is taken as it is);
    `default` stands for missing and unlisted ones when `has_default`. `rule` says how a group's values become one,
    and the scalar expression `order_by` puts the group's rows in order.
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


@dataclass(frozen=True)
class FixedColumn:
    """A column of a fixed-width line: `start` is its first character, counted from 1."""

    name: str
    start: int
    width: int


@dataclass(frozen=True)
class Table:
    """A foreign table: which files, how they are written, what identifies a row, what it feeds.

    `digest` changes when anything that decides the stored rows does.
    """

    source: str
    name: str
    path: Path
    line: int
    files: tuple[str, ...]
    format: str
    key: tuple[str, ...]
    entities: tuple[EntityMapping, ...]
    null_values: tuple[str, ...]
    timezone: str
    business_timezone: str
    currency: str | None
    digest: str
    optional: bool = False
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    column_names: tuple[str, ...] = ()
    fixed_columns: tuple[FixedColumn, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.source}/{self.name}"

    @property
    def landed(self) -> str:
        """The table of `raw` that holds the rows as the source has them."""
        return f"{self.source}__{self.name}"

    @property
    def uses(self) -> list[str]:
        """Source columns that must be there, in name order."""
        return sorted(set(self.key).union(*(mapping.uses for mapping in self.entities)))


@dataclass(frozen=True)
class Source:
    """A source: where its files are and what its tables mean. `package` holds the data when it is shipped in one."""

    name: str
    path: Path
    tables: tuple[Table, ...]
    package: str | None = None
    folder: str = "."
