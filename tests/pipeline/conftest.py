"""The chain's steps called one after the other, without Airflow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest

from include.pipeline import steps
from include.publishing.digests import version_digests
from include.simulator.files import write_files
from include.simulator.simulation import Simulation
from include.transform import dbt
from include.warehouse.connection import open_published
from include.workspace import Workspace, resolve_workspace
from tests.chain.small_company import make_small_company
from tests.dbt_in_process import DbtInProcess
from tests.made_once import MadeOnce
from tests.pipeline.life import Life
from tests.two_recipes import two_recipes

EVENING = date(2024, 3, 20)


def run_chain(workspace: Workspace, as_of: date | None = None, batch_id: str = "batch-1") -> dict[str, str]:
    """Load, build, score, audit and publish; returns the digest of every published table."""
    workspace.register()
    quiet = {"progress": lambda _: None}
    steps.load(workspace, batch_id, **quiet)
    day = steps.resolve_as_of(workspace, as_of, date(2000, 1, 1))
    steps.audit(workspace, day, "raw", **quiet)
    steps.build(workspace, day, "core", **quiet)
    steps.audit(workspace, day, "facts", **quiet)
    steps.score(workspace, day, {}, **quiet)
    steps.build(workspace, day, "marts", **quiet)
    steps.publish(workspace, day, **quiet)
    return published_digests(workspace)


def run_dbt_here(patch: pytest.MonkeyPatch, dbt_in_process: DbtInProcess, *further: str) -> None:
    """Layers are built by dbt in this process, told `further` words too."""

    def run_dbt(workspace: Workspace, arguments: list[str], lock: int | None = None, progress=print) -> None:
        dbt_in_process(dbt.environment_of(workspace), [*arguments, *further])

    def run_in_turn(workspace, first, between, second, lock=None, progress=print) -> None:
        run_dbt(workspace, first)
        module, function = between.split(":")
        getattr(import_module(module), function)(workspace, progress)
        run_dbt(workspace, second)

    patch.setattr(dbt, "run_dbt", run_dbt)
    patch.setattr(dbt, "run_in_turn", run_in_turn)


def published_digests(workspace: Workspace) -> dict[str, str]:
    with open_published(workspace.published_file) as connection:
        return version_digests(connection)


@pytest.fixture
def company(tmp_path: Path, home: Path) -> Workspace:
    """A registered workspace of the small company, in a state root of the test's own."""
    return resolve_workspace(str(make_small_company(tmp_path / "acme", customers=250)))


@pytest.fixture
def quick_dbt(monkeypatch: pytest.MonkeyPatch, dbt_in_process: DbtInProcess) -> Iterator[None]:
    """dbt in this process, without data tests, and short trainings: rows odd on purpose, or builds by the dozen."""

    run_dbt_here(monkeypatch, dbt_in_process, "--exclude-resource-type", "test")
    with two_recipes():
        yield


@pytest.fixture(scope="session")
def evening(made_once: MadeOnce, dbt_in_process: DbtInProcess) -> Path:
    """Folder of the small company after its first run, on an evening with months to come; each test takes a copy.

    `home` is its state root, `acme` its data, `sales.csv` what it sells on all days. That a build's own process of dbt
    does its work is tested by the chain, which runs the data tests of a first run too.
    """

    def live(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch, two_recipes():
            patch.setenv("TIERWORKS_HOME", str(folder / "home"))
            run_dbt_here(patch, dbt_in_process, "--exclude-resource-type", "test")
            company = resolve_workspace(str(make_small_company(folder / "acme", customers=250)))
            shutil.copy(company.data / "sales.csv", folder)
            life = Life(company)
            life.load(EVENING, late=life.lines_of("2024-03-1", 5))
            life.build(EVENING)
            assert life.since() == ["ever", "ever"]
            steps.publish(company, EVENING, progress=lambda _: None)

    return made_once("evening", live)


@pytest.fixture
def first_evening(evening: Path, tmp_path: Path, home: Path) -> Life:
    """The company's life after that evening."""
    return Life(_copied(evening, tmp_path), evening / "sales.csv", batches=1)


@pytest.fixture(scope="module")
def lived_in(
    evening: Path, tmp_path_factory: pytest.TempPathFactory, dbt_in_process: DbtInProcess
) -> Iterator[Workspace]:
    """The small company with that evening published, for the tests of a module; dbt runs in this process.

    Its warehouse may hold any date.
    """
    folder = tmp_path_factory.mktemp("lived_in")

    with pytest.MonkeyPatch.context() as patch, two_recipes():
        patch.setenv("TIERWORKS_HOME", str(folder / "home"))
        run_dbt_here(patch, dbt_in_process)
        yield _copied(evening, folder)


def _copied(evening: Path, folder: Path) -> Workspace:
    for part in ("home", "acme"):
        shutil.copytree(evening / part, folder / part, symlinks=True)
    workspace = resolve_workspace(str(folder / "acme"))
    workspace.register()
    return workspace


def loaded_company(patch: pytest.MonkeyPatch, folder: Path, simulation: Simulation) -> Workspace:
    """A simulated company of its own home, written to `folder`, loaded and identified."""
    patch.setenv("TIERWORKS_HOME", str(folder / "home"))
    write_files(simulation, folder / "crm")
    workspace = resolve_workspace("simulated", str(folder / "crm"))
    workspace.register()
    steps.load(workspace, "b1", progress=lambda line: None)
    steps.identify(workspace, progress=lambda line: None)
    return workspace
