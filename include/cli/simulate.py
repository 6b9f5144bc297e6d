"""`tierworks simulate`: make the simulated CRM, as files or in a PostgreSQL database."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from include.simulator.simulation import FIRST, LAST, Simulation, SimulationInvalid


def simulate(options: argparse.Namespace) -> int:
    try:
        simulation = Simulation(
            options.customers, options.seed, options.first or FIRST, options.last or LAST, options.day
        )
        if options.out:
            from include.simulator.files import write_files

            actions = sorted(Path(options.actions).expanduser().glob("actions_*.jsonl")) if options.actions else ()
            out = Path(options.out).expanduser().resolve()
            write_files(simulation, out, options.format, options.only, actions=actions)
        else:
            from include.simulator.living import bring_to_day

            bring_to_day(simulation, options.postgres_connection, options.only)
    except SimulationInvalid as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 2
    return 0
