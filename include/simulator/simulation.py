"""What is simulated: how many people, from when to when, by which seed, and as it stood on which day."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

FIRST = datetime.date(2024, 1, 1)
LAST = datetime.date(2025, 6, 30)


class SimulationInvalid(ValueError):
    """The numbers asked for make no CRM; the message says which and why."""


@dataclass(frozen=True)
class Simulation:
    """A world of `customers` people that lives from `first` to `last`, seen at the end of `day`.

    The same world on an earlier day is the same CRM, less what had not happened. A person is the same whatever the
    number of people is. `customers` counts people; many have more than one record.
    """

    customers: int
    seed: int = 7
    first: datetime.date = FIRST
    last: datetime.date = LAST
    day: datetime.date | None = None

    def __post_init__(self):
        if not 0 <= self.customers <= 20_000_000:
            raise SimulationInvalid(f"customers: {self.customers:,} is not between 0 and 20,000,000.")
        if not 0 <= self.seed < 2**31:
            raise SimulationInvalid(f"seed: {self.seed} is not between 0 and {2**31 - 1}.")
        if self.last < self.first + datetime.timedelta(days=30):
            raise SimulationInvalid(f"{self.first} to {self.last}: give at least a month.")
        if self.last > self.first + datetime.timedelta(days=365 * 12):
            raise SimulationInvalid(f"{self.first} to {self.last}: give at most twelve years.")
        if self.day is not None and not self.first <= self.day <= self.last:
            raise SimulationInvalid(f"day: {self.day} is not between {self.first} and {self.last}.")

    @property
    def now(self) -> datetime.datetime:
        """The first moment that has not happened yet."""
        return datetime.datetime.combine((self.day or self.last) + datetime.timedelta(days=1), datetime.time())

    @property
    def column_added_at(self) -> datetime.datetime:
        """When the web shop's customers get a further column: half-way."""
        return datetime.datetime.combine(self.first + (self.last - self.first) / 2, datetime.time())
