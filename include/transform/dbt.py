"""Running dbt for one layer in a child process that cannot outlive its parent."""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from include.warehouse.private_files import UMASK
from include.workspace import PROJECT_ROOT, Workspace

PROJECT = PROJECT_ROOT / "dbt_project"
_DECIDED, DECISION = "tag:decided", "include.scoring.actions:decide_actions"
_TAGS = {"core": ("staging", "core"), "marts": ("marts",)}
# The process ends with its command: collecting garbage would take an eighth of its time and free nothing of note.
_DBT = "import gc, sys; gc.disable(); from dbt.cli.main import cli; sys.argv[0] = 'dbt'; cli()"
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class DbtFailed(RuntimeError):
    """dbt ended with an error; the message names the models and tests that failed and why."""


def build_layer(workspace: Workspace, layer: str, lock: int | None = None, full_refresh: bool = False, progress=print):
    """`dbt build` of everything in `layer`, whole: a killed run is simply run again.

    `lock` is the workspace lock's descriptor; the child holds it too until it ends. Amid the marts actions are decided:
    what stands on the decision (tag decided) is built after it.

    Raises
    ------
    DbtFailed: any model or test failed.
    """
    selected = [f"tag:{tag}" for tag in _TAGS[layer]]
    # A test that looks at tables of a later layer too belongs to that layer.
    tests = ["--indirect-selection", "buildable", "--exclude-resource-type", "unit_test"]
    tests += ["--full-refresh"] if full_refresh else []
    arguments = ["build", "--select", *selected, *tests]
    if layer != "marts":
        run_dbt(workspace, arguments, lock, progress)
        return
    first, second = [*arguments, "--exclude", f"{_DECIDED}+"], ["build", "--select", f"{_DECIDED}+", *tests]
    run_in_turn(workspace, first, DECISION, second, lock, progress)


def run_in_turn(
    workspace: Workspace, first: list[str], between: str, second: list[str], lock: int | None = None, progress=print
) -> None:
    """Two dbt commands in one process, and `between` them a function (`module:function`) called with the workspace."""
    asked = {"first": first, "between": between, "second": second, "workspace": workspace.name}
    command = [sys.executable, "-m", "include.transform.two_steps", json.dumps(asked)]
    _run(workspace, command, first, lock, progress)


def run_dbt(workspace: Workspace, arguments: list[str], lock: int | None = None, progress=print) -> None:
    """Run one dbt command against the workspace's warehouse, passing on its lines as they come."""
    _run(workspace, [sys.executable, "-c", _DBT, *arguments], arguments, lock, progress)


def _run(workspace: Workspace, command: list[str], arguments: list[str], lock: int | None, progress) -> None:
    workspace.dbt_target.mkdir(parents=True, exist_ok=True)
    results = workspace.dbt_target / "run_results.json"
    # A result file of an earlier run must never be read as this run's.
    results.unlink(missing_ok=True)
    child = subprocess.Popen(
        command,
        env=environment_of(workspace),
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=[lock] if lock is not None else [],
        umask=UMASK,  # DuckDB keeps a log beside the warehouse, with rows of people in it
        preexec_fn=_die_with_parent,
    )
    tail: list[str] = []
    for line in child.stdout:
        words = _ANSI.sub("", line.rstrip())
        if words:
            progress(words)
            tail = [*tail[-39:], words]
    if (figures := workspace.dbt_target / "semantic_manifest.json").is_file():
        figures.chmod(0o644)  # by it readers of a version ask for figures
    if child.wait() != 0:
        raise DbtFailed(_explain(arguments, child.returncode, results, tail))


def environment_of(workspace: Workspace) -> dict[str, str]:
    """Environment variables of a dbt that works on the workspace's warehouse."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT_ROOT), os.environ.get("PYTHONPATH")])),
        "TIERWORKS_WAREHOUSE": str(workspace.warehouse),
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(workspace.dbt_target),
        "DBT_LOG_PATH": str(workspace.rebuildable / "logs" / "dbt"),
        "DBT_LOG_LEVEL_FILE": "info",  # the SQL that ran lies in the target folder
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_VERSION_CHECK": "false",
        "DBT_USE_COLORS": "false",
        "DBT_USE_FAST_TEST_EDGES": "true",  # the same order of models and tests, by a hundredth of the edges
        "PYTHONUNBUFFERED": "1",
    }


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _explain(arguments: list[str], code: int, results: Path, tail: list[str]) -> str:
    command = f"dbt {' '.join(arguments)}"
    if not results.is_file():
        return f"{command} ended with code {code} before any model ran:\n" + "\n".join(tail)
    failed = [
        f"  {result['unique_id']}: {(result.get('message') or result['status']).strip()}"
        for result in json.loads(results.read_text())["results"]
        if result["status"] in {"error", "fail", "runtime error"}
    ]
    return (
        f"{command}: {len(failed)} failed. The published version is untouched; mend these and clear the task.\n"
        + "\n".join(failed or tail)
    )
