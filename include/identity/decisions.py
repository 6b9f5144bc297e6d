"""What stewards decided about pairs of records. Kept: no rebuild can bring it back."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from include.workspace import Workspace

VERDICTS = ("same", "not_same")


@dataclass(frozen=True)
class Decision:
    """A steward's word on two customer keys; of several on one pair the last holds. `decided_at` is UTC, ISO 8601."""

    source_a: str
    customer_key_a: str
    source_b: str
    customer_key_b: str
    verdict: str
    by: str
    reason: str
    decided_at: str

    @property
    def pair(self) -> frozenset[tuple[str, str]]:
        return frozenset({(self.source_a, self.customer_key_a), (self.source_b, self.customer_key_b)})


def decisions_file(workspace: Workspace) -> Path:
    return workspace.kept / "match_decisions.jsonl"


def read_decisions(workspace: Workspace) -> list[Decision]:
    """Every decision in the order they were taken, those taken back included.

    Raises
    ------
    ValueError: a line of the file is no decision; the message names file and line.
    """
    path = decisions_file(workspace)
    if not path.is_file():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            decision = Decision(**json.loads(line))
        except (TypeError, ValueError):
            raise ValueError(f"{path}:{number}: is no decision. Take the line out, or restore the file.") from None
        found.append(decision)
    return found


def decisions_in_force(workspace: Workspace) -> list[Decision]:
    """The last decision on each pair, in the order they were taken."""
    last = {decision.pair: decision for decision in read_decisions(workspace)}
    return [decision for decision in last.values() if len(decision.pair) == 2]


def keep_decision(workspace: Workspace, decision: Decision) -> None:
    """Add a decision to the kept file, whole or not at all. The caller holds the workspace's lock.

    Raises
    ------
    ValueError: the verdict is neither `same` nor `not_same`, or the two keys are one.
    """
    if decision.verdict not in VERDICTS:
        raise ValueError(f"{decision.verdict!r} is no verdict: say {' or '.join(VERDICTS)}.")
    if len(decision.pair) < 2:
        raise ValueError("a record cannot be decided about with itself.")
    workspace.make_folders()
    path = decisions_file(workspace)
    lines = [asdict(item) for item in [*read_decisions(workspace), decision]]
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    draft.chmod(0o600)
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    os.replace(draft, path)
