"""Which alerts have been told. Kept: without it a rebuilt warehouse would tell all of them again."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TextIO

from include.workspace import Workspace

LEDGER = "alert_pushes.jsonl"


@dataclass
class PushLedger:
    """Ids of alerts that a receiver has taken; `note` returns when the id is on the disk."""

    _file: TextIO
    told: set[str] = field(default_factory=set)

    def note(self, alert_id: str, pushed_at: datetime) -> None:
        self._file.write(json.dumps({"alert_id": alert_id, "pushed_at": pushed_at.isoformat()}) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.told.add(alert_id)


@contextmanager
def open_ledger(workspace: Workspace) -> Iterator[PushLedger]:
    """The ledger, held by this process alone until the block ends; another waits.

    A last line that was cut off by a kill is taken out: that alert is told again, under the same key.

    Raises
    ------
    ValueError: a line of the file is no entry; the message names file and line.
    """
    workspace.make_folders()
    path = workspace.kept / LEDGER
    with open(path, "a+", encoding="utf-8", opener=_for_the_owner_alone) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        whole = file.read().rpartition("\n")[0]
        os.ftruncate(file.fileno(), len(whole.encode()) + 1 if whole else 0)
        told = set()
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                told.add(json.loads(line)["alert_id"])
            except (KeyError, TypeError, ValueError):
                raise ValueError(f"{path}:{number}: is no entry. Take the line out, or restore the file.") from None
        yield PushLedger(file, told)


def _for_the_owner_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
