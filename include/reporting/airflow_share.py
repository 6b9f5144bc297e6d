"""How much of a chain's wall time was Airflow's and how much was work."""

from __future__ import annotations

import json
from dataclasses import dataclass

from include.services.chain import ChainRun
from include.workspace import Workspace


@dataclass(frozen=True)
class AirflowShare:
    """Seconds of a chain from its trigger to its end; `work + imports + airflow == wall`."""

    wall: float
    work: float
    imports: float

    @property
    def airflow(self) -> float:
        return self.wall - self.work - self.imports

    @property
    def share(self) -> float:
        """Part of the wall time in which no task's callable ran, imports not counted as Airflow's."""
        return self.airflow / self.wall


def airflow_share(workspace: Workspace, chain: ChainRun) -> AirflowShare:
    """Along the critical path: tasks of a chain follow one another, so their times add up."""
    runs = set(chain.run_ids.items())
    lines = (workspace.rebuildable / "logs" / "steps.jsonl").read_text().splitlines()
    steps = [step for line in lines if ((step := json.loads(line))["dag_id"], step["run_id"]) in runs]
    return AirflowShare(
        wall=chain.ended - chain.started,
        work=sum(step["left"] - step["imported"] for step in steps),
        imports=sum(step["imported"] - step["entered"] for step in steps),
    )
