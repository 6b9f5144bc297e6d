"""Writes what is true of the simulated people and rows, for judging what the project says of them."""

from __future__ import annotations

from pathlib import Path

from include.load.sql_text import literal
from include.simulator.world import FOLDER, World, steps_for

PER_CHUNK = (
    "action_effects",
    "customer_laws",
    "feedback_moods",
    "manager_skills",
    "person_of_customer",
    "ticket_effects",
    "true_orders",
)
WHOLE = ("campaign_uplift", "kano_needs", "price_elasticity", "rating_drivers")


def write_truth(world: World, folder: Path, chunk: int) -> None:
    """Write `truth/<table>_<chunk>.parquet` of the chunk that the world holds, if it was made."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in PER_CHUNK + (WHOLE if chunk == 1 else ()):
        script = FOLDER / "truth" / f"{table}.sql"
        if not set(steps_for([script])) <= set(world.steps):
            continue
        _write(
            world,
            script.read_text(encoding="utf-8"),
            folder / (f"{table}.parquet" if table in WHOLE else f"{table}_{chunk:05}.parquet"),
        )
    _write(world, "select * from dirty_rows order by all", folder / f"dirty_rows_{chunk:05}.parquet")


def _write(world: World, query: str, target: Path) -> None:
    world.connection.execute(f"copy ({query}) to {literal(str(target))} (format parquet)")
