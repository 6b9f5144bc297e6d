"""The true probability of leaving, from the laws of the simulated people, for judging models by."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from include.simulator.simulation import Simulation
from include.simulator.world import World


class Truth:
    """What is known of a simulated company beside its files.

    Parameters
    ----------
    simulation : the world that was simulated
    folder : where its files are; `truth/` lies in it
    """

    def __init__(self, simulation: Simulation, folder: Path):
        self.first = pd.Timestamp(simulation.first)
        world = World(Simulation(0, simulation.seed, simulation.first, simulation.last), scripts=[])
        days = world.connection.execute("select before, pull from days order by day").df()
        self._before, self._pull = days["before"].to_numpy(), days["pull"].to_numpy()
        self._files = folder / "truth"

    def read(self, table: str, columns: str = "*") -> pd.DataFrame:
        return duckdb.execute(f"select {columns} from '{self._files}/{table}*.parquet'").df()

    def season_adjusted(self, moments) -> np.ndarray:
        """Days of mean buying since the first day, at which people buy at an even pace."""
        days = (pd.to_datetime(moments) - self.first) / pd.Timedelta(days=1)
        whole = np.floor(days).astype(int).clip(0, len(self._before) - 1)
        return np.asarray(self._before[whole] + self._pull[whole] * (days - whole))

    def probability_of_leaving(self, as_of: pd.Timestamp, lead_days: int) -> pd.DataFrame:
        """By person: chance of no purchase in the days after `as_of`, from their own rate, their own chance to leave
        after an order and the day of their last one. What campaigns add is left out.

        Who is alive: the chance of having left at the last order against that of having stayed and been silent since.
        """
        laws = self.read("customer_laws", "person, mean_days_between_orders, dropout, cause, left_at")
        orders = self.read("true_orders", "person, ordered_at, is_made_by_campaign").query("~is_made_by_campaign")
        orders = orders[orders.ordered_at < as_of + pd.Timedelta(days=1)]
        orders = orders.assign(adjusted=self.season_adjusted(orders.ordered_at))
        found = orders.groupby("person").adjusted.agg(["size", "max"]).join(laws.set_index("person"), how="inner")
        now, end = self.season_adjusted(pd.Series([as_of, as_of + pd.Timedelta(days=lead_days)]) + pd.Timedelta(days=1))
        rate = 1 / found.mean_days_between_orders
        silent = (1 - found.dropout) * np.exp(-rate * (now - found["max"]))
        alive = np.where(found["size"] > 1, silent / (found.dropout + silent), 1.0)
        found["true_probability"] = 1 - alive * (1 - np.exp(-rate * (end - now)))
        return found[["true_probability", "cause", "left_at"]].reset_index()
