"""The simulated world on the engine: laws and names as tables and macros, and people in chunks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from include.contract.positioned_yaml import read_positioned
from include.simulator.simulation import Simulation

FOLDER = Path(__file__).parent
PEOPLE_AT_ONCE = 25_000  # a multiple of 1000, so that accounts and managers are whole
MEMORY = "4GB"
_ONCE = ("macros", "days", "catalogue", "campaigns")
_PER_CHUNK = (
    *("people", "purchases", "targets", "doings", "orders", "lines", "tickets", "faces", "records", "cards"),
    *("groups", "baskets", "voices", "questions"),
)


class World:
    """A connection in which the macros and tables of `world/*.sql` are made; its people come in chunks.

    Everything is a function of seed and row number: neither threads nor chunks nor the number of people matter.
    `laws` take the place of those of `laws.yml`. Only what `scripts` read is made, if any are given. `actions` are
    files of JSON lines as `tierworks act` writes them into a folder: what was done, and changes what people do then.
    """

    def __init__(
        self,
        simulation: Simulation,
        threads: int | None = None,
        laws: Mapping[str, float] | None = None,
        scripts: Collection[Path] = (),
        actions: Collection[Path] = (),
    ):
        self.simulation, self.low = simulation, None
        self.steps = steps_for(scripts) if scripts else list(_PER_CHUNK)
        self.connection = duckdb.connect(config={"memory_limit": MEMORY} | ({"threads": threads} if threads else {}))
        self.connection.execute("set preserve_insertion_order = true")
        self._set("seed", f"{simulation.seed}::ubigint")
        self._set("first", f"date '{simulation.first}'")
        self._set("last", f"date '{simulation.last}'")
        self.look_at(simulation)
        self._set("customers", f"{simulation.customers}::bigint")
        self._set("column_added_at", f"timestamp '{simulation.column_added_at}'")
        self._write_laws(laws or {})
        self._read_actions(actions)
        for step in _ONCE:
            self.run(FOLDER / "world" / f"{step}.sql")

    def look_at(self, simulation: Simulation) -> None:
        """See the same world at the end of another day."""
        self.simulation = simulation
        self._set("now", f"timestamp '{simulation.now}'")

    def chunks(self) -> Iterator[int]:
        """Make the tables of one chunk of people after the other; gives the number of people made so far."""
        people = self.simulation.customers
        for low in range(0, max(people, 1), PEOPLE_AT_ONCE):
            high = min(low + PEOPLE_AT_ONCE, people)
            if low != self.low:
                for step in self.steps:
                    self.run(FOLDER / "world" / f"{step}.sql", low=low, high=high)
            self.low = low
            yield high

    def run(self, script: Path, **numbers: int) -> None:
        """Run the statements of a file, with `$name` for numbers."""
        self.connection.execute(_filled(script.read_text(encoding="utf-8"), numbers))

    def _set(self, name: str, value: str) -> None:
        self.connection.execute(f"set variable {name} = {value}")

    def _write_laws(self, changed: Mapping[str, float]) -> None:
        for name, law in (_read("laws.yml") | _read("texts.yml") | dict(changed)).items():
            if isinstance(law, list):
                self._write_table(name, law)
            else:
                self.connection.execute(f"create macro {name}() as {float(law)}::double")
        for name, items in _read("names.yml").items():
            self._set(name, _literal(items))

    def _read_actions(self, files: Collection[Path]) -> None:
        """A table of actions: key, name, day, and the first key of the customer that is one of ours."""
        self.connection.execute(
            "create table actions_told (action_key varchar, action varchar, told_on date, customer varchar)"
        )
        if files:
            self.connection.execute(
                "insert into actions_told select action_key, action, as_of_date, customer_keys[1].customer_key "
                "from read_json(?, format = 'newline_delimited', columns = {action_key: 'varchar', action: 'varchar', "
                "as_of_date: 'date', customer_keys: 'struct(source varchar, customer_key varchar)[]'})",
                [sorted(map(str, files))],
            )

    def _write_table(self, name: str, rows: list[dict[str, Any]]) -> None:
        """A table of laws; `share` becomes the bounds `low` and `high` of a number in [0, 1)."""
        values = ", ".join(f"({', '.join(_literal(value) for value in row.values())})" for row in rows)
        self.connection.execute(f"create table {name} as from (values {values}) as r({', '.join(rows[0])})")
        if "share" in rows[0]:
            share = "(sum(share::double) over (rows unbounded preceding))"
            self.connection.execute(
                f"create or replace table {name} as select *, {share} - share as low, "
                f"case when row_number() over () = count(*) over () then 1.0 else {share} end as high from {name}"
            )


def steps_for(scripts: Collection[Path]) -> list[str]:
    """The steps that make the tables which the scripts read, and those that these stand on, in their order."""
    texts = {step: (FOLDER / "world" / f"{step}.sql").read_text(encoding="utf-8") for step in _PER_CHUNK}
    makes = {step: set(re.findall(r"create or replace temp table (\w+)", text)) for step, text in texts.items()}
    read = {word for script in scripts for word in _words(script.read_text(encoding="utf-8"))}
    needed = []
    for step in reversed(_PER_CHUNK):
        if makes[step] & read:
            needed.insert(0, step)
            read |= _words(texts[step])
    return needed


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", re.sub(r"--.*|'[^']*'", "", text)))


def _filled(text: str, numbers: dict[str, int]) -> str:
    return re.sub(r"\$(\w+)", lambda found: str(numbers[found[1]]), text)


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_literal(item) for item in value)}]"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


@cache
def _read(file: str) -> dict[str, Any]:
    return read_positioned(FOLDER / file).plain()
