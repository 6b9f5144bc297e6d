"""Trainings that the model monitor has asked for: one a model at a time, kept until a training closes it.

`kept/training_requests.jsonl` grows by a line an event: asked, announced (a DAG run has started the training), closed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from include.workspace import Workspace

_ASKED, _ANNOUNCED, _CLOSED = "asked", "announced", "closed"


@dataclass(frozen=True)
class TrainingRequest:
    """Open: no training has answered it. `announced_by` is the DAG run that started one, None before that."""

    model: str
    as_of: date
    version: str
    reasons: tuple[str, ...]
    announced_by: str | None = None


def requests_file(workspace: Workspace) -> Path:
    return workspace.kept / "training_requests.jsonl"


def open_requests(workspace: Workspace) -> dict[str, TrainingRequest]:
    """Open requests by model.

    Raises
    ------
    ValueError: a line of the file is no event; the message names file and line.
    """
    found: dict[str, TrainingRequest] = {}
    path = requests_file(workspace)
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
            model = event["model"]
            if event["event"] == _ASKED:
                day = date.fromisoformat(event["as_of"])
                found[model] = TrainingRequest(model, day, event["version"], tuple(event["reasons"]))
            elif event["event"] == _ANNOUNCED and (asked := found.get(model)):
                found[model] = TrainingRequest(model, asked.as_of, asked.version, asked.reasons, event["run"])
            elif event["event"] == _CLOSED:
                found.pop(model, None)
        except (KeyError, TypeError, ValueError):
            raise ValueError(f"{path}:{number}: is no event. Take the line out, or restore the file.") from None
    return found


def ask(workspace: Workspace, request: TrainingRequest) -> bool:
    """Keep a request; False, and nothing kept, where one of the model is open. The caller holds the lock."""
    if request.model in open_requests(workspace):
        return False
    event = {"event": _ASKED, "model": request.model, "as_of": request.as_of.isoformat()}
    _append(workspace, event | {"version": request.version, "reasons": list(request.reasons)})
    return True


def announce_requests(workspace: Workspace, run_id: str) -> list[TrainingRequest]:
    """Requests that no other DAG run has announced; they are this run's from now on, also when it tries again."""
    mine = [one for one in open_requests(workspace).values() if one.announced_by in (None, run_id)]
    for one in mine:
        if one.announced_by is None:
            _append(workspace, {"event": _ANNOUNCED, "model": one.model, "run": run_id})
    return mine


def close_requests(workspace: Workspace, models: Iterable[str], as_of: date) -> list[str]:
    """Close the requests of models that have just been trained on what was known at `as_of`; returns which."""
    answered = [
        one.model for one in open_requests(workspace).values() if one.model in set(models) and one.as_of <= as_of
    ]
    for model in answered:
        _append(workspace, {"event": _CLOSED, "model": model, "as_of": as_of.isoformat()})
    return answered


def _append(workspace: Workspace, event: dict) -> None:
    workspace.make_folders()
    # One short write at the end of the file: a task that announces need not wait for one that builds.
    with requests_file(workspace).open("a", encoding="utf-8") as output:
        output.write(json.dumps(event, ensure_ascii=False) + "\n")
