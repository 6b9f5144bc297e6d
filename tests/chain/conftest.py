"""One Airflow for all chain tests, in a clone of its own, on ports of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from tests.chain.clone import Clone
from tests.chain.small_company import make_small_company

os.environ.setdefault("TIERWORKS_AIRFLOW_PORT", "0")


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    clone = Clone(tmp_path_factory.mktemp("clone") / "tierworks")
    yield clone
    clone.tierworks("down")


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Folder of the small company's declaration and files, with a folder for policies of its own."""
    folder = make_small_company(tmp_path_factory.mktemp("companies") / "acme")
    (folder / "policies").mkdir()
    return str(folder)


@pytest.fixture(scope="session")
def airflow(clone: Clone):
    """The clone's Airflow, started once and left running between the tests."""
    start = "from include.services.airflow import start_airflow; start_airflow()"
    import subprocess

    subprocess.run([sys.executable, "-c", start], cwd=clone.root, env=clone.environment, check=True)
    return clone
