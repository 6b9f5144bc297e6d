"""The log of steps: one line for each try of a task, in `rebuildable/logs/steps.jsonl`."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from include.workspace import Workspace

NAME = "steps.jsonl"


def append_step(workspace: Workspace, record: dict) -> None:
    with _held(workspace) as log, log.open("a", encoding="utf-8") as output:
        output.write(json.dumps(record) + "\n")


def read_steps(workspace: Workspace) -> Iterator[dict]:
    """The lines in their order; one that a killed task left half-written is passed over."""
    log = workspace.rebuildable / "logs" / NAME
    for line in log.read_text(encoding="utf-8").splitlines() if log.is_file() else ():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def forget_steps(workspace: Workspace, before: datetime, dry: bool) -> int:
    """Take lines that ended before the moment out of the log; returns how many."""
    with _held(workspace) as log:
        if not log.is_file():
            return 0
        lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not _ended_before(line, before.timestamp())]
        if not dry and len(kept) < len(lines):
            draft = log.with_name(f"{NAME}.draft")
            draft.write_text("".join(kept), encoding="utf-8")
            os.replace(draft, log)
        return len(lines) - len(kept)


def _ended_before(line: str, moment: float) -> bool:
    try:
        return json.loads(line)["left"] < moment
    except (ValueError, KeyError, TypeError):
        return True  # half a line of a killed task


@contextmanager
def _held(workspace: Workspace) -> Iterator[Path]:
    """The log's path while nobody else writes it: tasks that need no warehouse do not hold the workspace's lock."""
    folder = workspace.rebuildable / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "steps.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield folder / NAME
    finally:
        os.close(descriptor)
