"""What a load did, table by table."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TableLoad:
    """Counts of one table in one batch: rows_read = rows_accepted + rows_unchanged + rows_quarantined.

    `rows_deleted` are landed rows taken out because the source no longer has them, `rows_erased` rows of erased people
    that were not taken in: both apart from that sum.
    `new_columns` are columns the table did not have before: kept, not mapped.
    """

    source: str
    table: str
    rows_read: int = 0
    rows_accepted: int = 0
    rows_unchanged: int = 0
    rows_quarantined: int = 0
    files_read: int = 0
    files_skipped: int = 0
    new_columns: tuple[str, ...] = ()
    rows_deleted: int = 0
    rows_erased: int = 0

    def __str__(self) -> str:
        counts = (
            f"{self.source}/{self.table}: read {self.rows_read:,}, accepted {self.rows_accepted:,}, "
            f"unchanged {self.rows_unchanged:,}, quarantined {self.rows_quarantined:,}"
        )
        if self.rows_deleted:
            counts += f", deleted {self.rows_deleted:,}"
        if self.files_read or self.files_skipped:
            counts += f" ({self.files_read} files read, {self.files_skipped} already in)"
        drift = f"; new columns kept: {', '.join(self.new_columns)}" if self.new_columns else ""
        return counts + drift


@dataclass
class LoadResult:
    """Every table's counts, customers that got an id for the first time, and what could not be loaded."""

    batch_id: str
    tables: list[TableLoad] = field(default_factory=list)
    customers_minted: int = 0
    errors: list[str] = field(default_factory=list)

    def total(self, count: str) -> int:
        """Sum over the tables of one of their counts, such as `rows_quarantined`."""
        return sum(getattr(table, count) for table in self.tables)

    @property
    def changed(self) -> bool:
        """Whether rows arrived, changed or went in this batch."""
        return any(table.rows_accepted or table.rows_deleted for table in self.tables)
