"""What all tests share: where the public data lies, and a workspace home of the test's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.dbt_in_process import DbtInProcess
from tests.made_once import MadeOnce, made_once  # noqa: F401
from tests.model_store import quick_model_stores  # noqa: F401
from tests.postgres_cluster import postgres_cluster, postgres_url  # noqa: F401

# The dearest files begin first and the small ones last: begun last, a dear one would run on when all others are done.
_DEAREST = (
    "tests/chain/",
    "tests/pipeline/test_incremental_build.py",
    "tests/dashboard/test_in_a_browser.py",
    "tests/pipeline/",
    "tests/dbt_project/",
    "tests/scoring/",
    "tests/expectations/",
    "tests/publishing/",
    "tests/ml/",
)
SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_configure() -> None:
    """Workers are more than cores: threads of their own would spin while they wait for each other."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        for library in ("OMP", "OPENBLAS"):
            os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((n for n, start in enumerate(_DEAREST) if item.nodeid.startswith(start)), len(_DEAREST))

    items.sort(key=place)


def _shared(folder: str) -> Path:
    path = SHARED / folder
    if path.is_dir():
        return path
    reason = f"the public data folder {folder} is not beside the project (expected {path})"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of public data sets; the test is skipped where it is absent, and fails in CI."""
    return _shared("data")


@pytest.fixture(scope="session")
def shared_reference() -> Path:
    """Folder of published answers; the test is skipped where it is absent, and fails in CI."""
    return _shared("reference")


@pytest.fixture(scope="session")
def dbt_in_process(made_once: MadeOnce) -> DbtInProcess:  # noqa: F811
    return DbtInProcess(made_once)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state root of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TIERWORKS_HOME", str(folder))
    return folder
