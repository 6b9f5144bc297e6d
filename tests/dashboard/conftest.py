"""One small simulated company and its published version, one dashboard on it and one browser, for a module."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import duckdb
import pytest

from include.pipeline import steps
from include.publishing.publish import publish_version
from include.publishing.versions import PublishedVersion, point_to, read_version
from include.services.dashboard import start_dashboard
from include.services.processes import stop_services
from include.simulator.files import write_files
from include.simulator.simulation import Simulation
from include.warehouse.connection import open_published, open_warehouse
from include.workspace import Workspace, resolve_workspace
from tests.dashboard.browser import Look, chromium, needed
from tests.dbt_in_process import DbtInProcess
from tests.pipeline.conftest import run_dbt_here
from tests.publishing.audited import let_through
from tests.two_recipes import two_recipes

PEOPLE, FIRST, LAST = 300, date(2022, 10, 1), date(2024, 3, 31)


@dataclass
class Company:
    """A published company: `known` holds e-mails and telephone numbers of its people as the sources have them."""

    workspace: Workspace
    first: PublishedVersion
    known: set[str] = field(default_factory=set)

    def ask(self, question: str, *values: object) -> list[tuple]:
        with open_published(self.workspace.published_file) as connection:
            return connection.execute(question, list(values)).fetchall()

    def one(self, question: str, *values: object) -> object:
        return self.ask(question, *values)[0][0]

    def swap_in(self, name: str, *statements: str) -> None:
        """A version beside the others, changed behind everybody's back, made current."""
        folder = self.workspace.versions / name
        shutil.copytree(self.first.folder, folder, ignore=shutil.ignore_patterns("parquet"))
        file = folder / "tierworks.duckdb"
        file.chmod(0o644)
        with duckdb.connect(str(file)) as connection:
            tables = [table for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
            for statement in statements:
                for table in tables if "{table}" in statement else [None]:
                    connection.execute(statement.format(table=table))
        self.point(read_version(folder), name)

    def point(self, version: PublishedVersion, name: str | None = None) -> None:
        point_to(self.workspace, replace(version, build_id=name or version.build_id))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, dbt_in_process: DbtInProcess) -> Iterator[Company]:
    needed()
    folder = tmp_path_factory.mktemp("seen")

    with pytest.MonkeyPatch.context() as patch, two_recipes():
        patch.setenv("TIERWORKS_HOME", str(folder / "home"))
        run_dbt_here(patch, dbt_in_process, "--exclude-resource-type", "test")
        write_files(Simulation(PEOPLE, 5, FIRST, LAST, None), folder / "files")
        workspace = resolve_workspace("simulated", str(folder / "files"))
        workspace.register()
        quiet = {"progress": lambda _: None}
        steps.load(workspace, "1", **quiet)
        steps.build(workspace, LAST, "core", **quiet)
        steps.score(workspace, LAST, {}, **quiet)
        build = steps.build(workspace, LAST, "marts", **quiet)
        let_through(workspace, build.build_id, at=datetime.now(UTC).replace(tzinfo=None))
        version = publish_version(workspace, build.build_id, LAST, **quiet)
        with open_warehouse(workspace, read_only=True) as connection:
            known = connection.execute(
                "select unnest([email, phone]) from raw.customers where length(email) > 6 and length(phone) > 6"
            ).fetchall()
        yield Company(workspace, version, {value for (value,) in known})


@pytest.fixture(scope="module")
def address(company: Company) -> Iterator[str]:
    """Where the company's dashboard is served."""
    name = f"dashboard-{company.workspace.name}"
    try:
        yield start_dashboard(company.workspace, port=0)
    finally:
        stop_services([name])


@pytest.fixture(scope="module")
def browser():
    needed()
    with chromium() as started:
        yield started


@pytest.fixture
def look(company: Company, browser, address: str) -> Iterator[Look]:
    """A wide window on the company's first version; at the end nothing may have gone wrong or outside."""
    company.point(company.first)
    with Look(browser, address) as window:
        yield window
        assert window.faults == []
