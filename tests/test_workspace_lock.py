"""One writer at a time, and a writer that is killed leaves the workspace free."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from include.workspace import PROJECT_ROOT, Workspace
from include.workspace_lock import WorkspaceBusy, workspace_lock

HOLDER = """
import subprocess, sys, time
from include.workspace import Workspace
from include.workspace_lock import workspace_lock
with workspace_lock(Workspace("acme", ()), "load") as lock:
    if "child" in sys.argv:
        subprocess.Popen(["sleep", sys.argv[1]], pass_fds=[lock])
    print("held", flush=True)
    time.sleep(60)
"""


def _hold(home: Path, *arguments: str) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, *arguments],
        env={**os.environ, "TIERWORKS_HOME": str(home), "PYTHONPATH": str(PROJECT_ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_writer_is_told_who_holds_the_workspace(home):
    holder = _hold(home)
    try:
        with (
            pytest.raises(WorkspaceBusy, match=f"process {holder.pid} load"),
            workspace_lock(Workspace("acme", ()), "build", wait_seconds=0.3),
        ):
            pass
    finally:
        holder.kill()
        holder.wait()


def test_a_killed_writer_frees_the_workspace(home):
    holder = _hold(home)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with workspace_lock(Workspace("acme", ()), "build", wait_seconds=1):
        pass


def test_a_child_that_outlives_its_parent_keeps_the_workspace(home):
    holder = _hold(home, "2", "child")
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    started = time.monotonic()
    with workspace_lock(Workspace("acme", ()), "build", wait_seconds=10):
        assert time.monotonic() - started > 0.5
