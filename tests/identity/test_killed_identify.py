"""kill -9 between any two of the writes that must agree: the next run ends where an undisturbed one does."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import pytest

from include.workspace import PROJECT_ROOT, Workspace
from tests.identity.company import Company, make_company
from tests.identity.people_file import DECLARATION, HEADER, people, person, sales

KILLED_AT = {
    "before anything is kept": "include.load.crosswalk.replace_parquet",
    "between the log and the crosswalk": "include.load.crosswalk.keep_crosswalk",
    "after both, before the commit": "include.identity.identify._write_review",
}
DIES = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from include.identity.identify import identify_customers
from include.policies.reader import read_policies
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
module, _, function = sys.argv[1].rpartition(".")
setattr(import_module(module), function, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
folder = Path(sys.argv[2])
workspace = Workspace("shop", (folder / "source.yml",), data=folder)
with open_warehouse(workspace) as connection:
    identify_customers(workspace, connection, read_policies(workspace), lambda line: None)
"""


@pytest.fixture(scope="module")
def evening(tmp_path_factory):
    """A shop that is identified, then told more: new people, a merge and a split by a steward. And the outcome."""
    folder = tmp_path_factory.mktemp("evening")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERWORKS_HOME", str(folder / "home"))
        shop = make_company(folder, "shop", DECLARATION, people=people(), sales=sales())
        shop.run()
        (shop.workspace.data / "people_2.csv").write_text(HEADER + person(61) + person(4, "s"))
        shop.decide("w1", "w2", "same")
        shop.decide("w3", "s3", "not_same")
        shop.load()
        before = folder.parent / "told"
        shutil.copytree(folder, before)
        shop.identify()
        return before, outcome(shop)


def outcome(shop: Company):
    kept = [(shop.workspace.kept / name).read_bytes() for name in ("customer_xref.parquet", "identity_log.parquet")]
    return shop.ids(), shop.log(), kept, shop.rows("from core.match_review")


@pytest.mark.parametrize(
    "point, again",
    [
        ("before anything is kept", "the task is tried again"),
        ("between the log and the crosswalk", "a load comes first"),
        ("after both, before the commit", "the task is tried again"),
        ("after both, before the commit", "a load comes first"),
    ],
)
def test_killed_and_run_again(point, again, evening, tmp_path, home):
    before, expected = evening
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "shop"
    shop = Company(Workspace("shop", (folder / "source.yml",), data=folder), batches=2)
    command = [sys.executable, "-c", DIES, KILLED_AT[point], str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    died = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-2000:]
    if again == "a load comes first":
        shop.load()
    shop.identify()
    assert outcome(shop) == expected
    assert {event for *_, event in shop.log()} == {"merged", "split"}
