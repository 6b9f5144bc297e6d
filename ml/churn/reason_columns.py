"""How many reasons a score has, and the columns that tell them. Importing this costs nothing."""

from __future__ import annotations

REASONS = 3


def reason_columns() -> list[str]:
    return [name for place in range(1, REASONS + 1) for name in (f"reason_{place}", f"reason_{place}_value")]
