"""What the tables of the CRM hold at a moment, and what changed since another."""

from __future__ import annotations

from include.simulator.world import FOLDER

OWN = ("updated_at", "seen_at", "deleted_at")
TABLES = tuple(sorted(path.stem for path in (FOLDER / "tables").glob("*.sql")))


def rows_ever(table: str) -> str:
    """Query of all rows that are in the world of the chunk, as they are now, with the columns `OWN`.

    `updated_at` is the CRM's own stamp, `seen_at` when the row could first be read (later for tills that were
    offline), `deleted_at` when it is taken out again.
    """
    return (FOLDER / "tables" / f"{table}.sql").read_text(encoding="utf-8")


def rows_now(table: str) -> str:
    """Query of the rows that can be read at the end of the day."""
    now = "getvariable('now')"
    return f"select * from ({rows_ever(table)}) where seen_at < {now} and (deleted_at is null or deleted_at >= {now})"
