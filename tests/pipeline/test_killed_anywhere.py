"""A chain killed at random moments of its first runs, children and all, ends in the tables of one that was not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from include.workspace import PROJECT_ROOT, Workspace, resolve_workspace
from tests.chain.small_company import make_small_company
from tests.pipeline.conftest import published_digests, run_chain

pytestmark = [pytest.mark.verify, pytest.mark.timeout(1500)]
KILLS = 10


def test_killed_at_random_moments(company: Workspace, tmp_path: Path):
    calm = run_chain(company)
    folder = make_small_company(tmp_path / "restless", customers=250)
    moments = random.Random(4)
    for attempt in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.pipeline.chain_process", str(folder), f"batch-{attempt}"],
            cwd=PROJECT_ROOT,
            env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moments.uniform(2, 35))
        if process.poll() is None:
            family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
            for member in family:
                os.kill(member.pid, signal.SIGKILL)
        process.wait()
    restless = resolve_workspace(str(folder))
    assert run_chain(restless, batch_id="batch-last") == calm
    assert published_digests(restless) == calm
