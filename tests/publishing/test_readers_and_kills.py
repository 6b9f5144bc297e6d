"""Readers never see half a version, whatever is published, rolled back or killed meanwhile."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from include.publishing.publish import publish_version
from include.publishing.versions import current_version, list_versions, roll_back
from tests.expectations.tiny_warehouse import AS_OF
from tests.publishing.audited import start_build

_PUBLICATIONS = 20
_KILLS = 8
_ROOT = Path(__file__).resolve().parents[2]

# Opens the published file over and over; prints the builds it saw in each open, the tables' beside the version's.
_READER = """
import sys
from pathlib import Path
from include.warehouse.connection import open_published
stop, file = Path(sys.argv[1]), Path(sys.argv[2])
while not stop.exists():
    with open_published(file) as connection:
        builds = connection.execute(
            "select build_id from published_version union all select build_id from customer_tiers "
            "union all select build_id from clv_scores union all select build_id from churn_scores"
        ).fetchall()
        rows = [connection.execute(f"select count(*) from {table}").fetchone()[0]
            for table in ("customer_tiers", "clv_scores", "churn_scores", "fct_orders")]
    print(*{build for (build,) in builds}, len(builds), *rows, flush=True)
"""
_PUBLISHER = """
import sys
from datetime import date
from pathlib import Path
from include.publishing.publish import publish_version
from tests.expectations.tiny_warehouse import tiny_workspace
workspace = tiny_workspace(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
publish_version(workspace, sys.argv[2], date(2020, 2, 29), progress=lambda _: None)
"""


def _python(code: str, *arguments: str, **streams) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=_ROOT, text=True, **streams)


@pytest.mark.verify
def test_a_reader_sees_one_whole_version_at_every_moment(workspace, tmp_path):
    start_build(workspace, "b00")
    publish_version(workspace, "b00", AS_OF, progress=lambda _: None)
    stop = tmp_path / "stop"
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    reader = _python(_READER, str(stop), str(workspace.published_file), **streams)
    first = reader.stdout.readline()
    for number in range(1, _PUBLICATIONS + 1):
        build_id = f"b{number:02}"
        start_build(workspace, build_id)
        publish_version(workspace, build_id, AS_OF, progress=lambda _: None)
        if number % 2:
            roll_back(workspace)
    stop.touch()
    rest, errors = reader.communicate(timeout=30)
    assert (reader.returncode, errors) == (0, "")
    seen = [line.split() for line in [first, *rest.splitlines()]]
    assert {tuple(line[1:]) for line in seen} == {("8", "3", "2", "2", "2")}
    assert len({line[0] for line in seen}) > _PUBLICATIONS / 4


@pytest.mark.verify
def test_killed_at_any_moment_and_called_again_it_publishes_the_same(workspace, tmp_path):
    start_build(workspace, "whole")
    started = time.monotonic()
    whole = publish_version(workspace, "whole", AS_OF, progress=lambda _: None)
    duration = time.monotonic() - started
    digests = {table: facts["digest"] for table, facts in whole.tables.items()}
    chance = random.Random(7)
    outcomes = set()
    for number in range(_KILLS):
        build_id, before = f"k{number}", current_version(workspace).build_id
        start_build(workspace, build_id)
        publisher = _python(_PUBLISHER, str(tmp_path), build_id, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        publisher.stdout.readline()
        publisher.stdin.write("\n")
        publisher.stdin.flush()
        time.sleep(chance.uniform(0, duration))
        os.kill(publisher.pid, signal.SIGKILL)
        publisher.communicate()
        seen = current_version(workspace).build_id
        assert seen in (before, build_id)
        assert all(version.tables.keys() == whole.tables.keys() for version in list_versions(workspace))
        outcomes.add(seen == build_id)
        again = publish_version(workspace, build_id, AS_OF, progress=lambda _: None)
        assert {table: facts["digest"] for table, facts in again.tables.items()} == digests
        assert current_version(workspace) == again
    assert False in outcomes, "no kill came before the swap"
    assert not list(workspace.versions.glob("*.draft"))
