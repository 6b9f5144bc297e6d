"""One company, built whole on DuckDB and again by dbt on a Spark cluster of the tests' own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest

from include.pipeline import steps
from include.simulator.files import write_files
from include.simulator.simulation import Simulation
from include.transform.dbt import PROJECT
from include.workspace import Workspace, resolve_workspace
from tests.spark.cluster import ENVIRONMENT, SparkCluster, spark_cluster
from tests.spark.java import why_no_java
from tests.spark.sources import register_sources
from tests.two_recipes import two_recipes

# The last day is no month-end, so that both calendars of as-of dates are told.
SIMULATION = Simulation(customers=300, last=date(2025, 6, 20))
# The company's money is in CNY and told in another currency, by a rate that changes.
RATES = """workspace_currency: EUR
rates:
  - {currency: CNY, from: 2010-01-01, rate: 0.1283}
  - {currency: CNY, from: 2025-03-05, rate: 0.12774567}
"""
_QUIET = {"progress": lambda _: None}


@dataclass(frozen=True)
class DbtOnSpark:
    """dbt of .venv-spark against a running cluster; `seconds` are those of each model when all were built."""

    cluster: SparkCluster
    target: Path
    seconds: dict[str, float] = field(default_factory=dict)

    def __call__(self, *arguments: str) -> str:
        """What dbt printed; the test fails with it when dbt does."""
        settings = {
            "TIERWORKS_SPARK_PORT": str(self.cluster.port),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.target / "logs"),
            "DBT_PROFILES_DIR": str(PROJECT),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_VERSION_CHECK": "false",
            "DBT_USE_COLORS": "false",
        }
        command = [ENVIRONMENT / "bin" / "dbt", *arguments, "--target", "spark"]
        done = subprocess.run(command, env=os.environ | settings, cwd=PROJECT, capture_output=True, text=True)
        if done.returncode:
            pytest.fail(f"dbt {' '.join(arguments)}:\n{self._failures() or done.stdout[-8000:] + done.stderr[-2000:]}")
        return done.stdout

    def _failures(self) -> str:
        results = node_results(self.target) if (self.target / "run_results.json").exists() else []
        failed = [result for result in results if result["status"] in ("error", "fail")]
        return "\n".join(f"{result['unique_id']}: {(result['message'] or '')[:1500]}" for result in failed)


def node_results(target: Path) -> list[dict]:
    """Results of the last dbt command, a node each."""
    return json.loads((target / "run_results.json").read_text())["results"]


def seconds_of_nodes(target: Path) -> dict[str, float]:
    """Seconds that each node took in the last dbt command, by its name."""
    return {result["unique_id"].split(".")[2]: result["execution_time"] for result in node_results(target)}


@dataclass(frozen=True)
class Company:
    """A company in a workspace of its own, and the seconds that each model took on DuckDB."""

    workspace: Workspace
    seconds: dict[str, float]


@pytest.fixture(scope="session")
def company(tmp_path_factory) -> Iterator[Company]:
    """A simulated company, loaded, scored and built by DuckDB."""
    folder = tmp_path_factory.mktemp("company")
    with pytest.MonkeyPatch.context() as patch, two_recipes():
        patch.setenv("TIERWORKS_HOME", str(folder / "home"))
        write_files(SIMULATION, folder / "landing", **_QUIET)
        (folder / "policies").mkdir()
        # So few customers tell something of a campaign, and campaigns before them of the next.
        (folder / "policies" / "campaigns.yml").write_text("minimum_arm: 3\n")
        (folder / "policies" / "exchange_rates.yml").write_text(RATES)
        workspace = resolve_workspace("simulated", str(folder / "landing"))
        workspace = replace(workspace, policies=folder / "policies")
        workspace.register()
        steps.load(workspace, "batch-1", **_QUIET)
        day = SIMULATION.last
        steps.build(workspace, day, "core", **_QUIET)
        seconds = seconds_of_nodes(workspace.dbt_target)
        steps.score(workspace, day, {}, **_QUIET)
        steps.build(workspace, day, "marts", **_QUIET)
        yield Company(workspace, seconds | seconds_of_nodes(workspace.dbt_target))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory) -> Iterator[SparkCluster]:
    """A started cluster; the test is skipped where Java is absent."""
    if reason := why_no_java():
        pytest.skip(reason)
    if not ENVIRONMENT.is_dir():
        pytest.skip("the environment of Spark is absent: run `make test-spark`")
    with spark_cluster(tmp_path_factory.mktemp("spark")) as started:
        yield started


@pytest.fixture(scope="session")
def dbt_on_spark(company, cluster) -> DbtOnSpark:
    """dbt, with the company's sources registered and every model built."""
    register_sources(company.workspace, cluster, cluster.folder / "sources")
    dbt = DbtOnSpark(cluster, cluster.folder / "dbt")
    dbt("run")
    dbt.seconds.update(seconds_of_nodes(dbt.target))
    return dbt
