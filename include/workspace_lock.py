"""One writer at a time in a workspace, whether a task or a command run by hand."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from include.workspace import Workspace


class WorkspaceBusy(RuntimeError):
    """Another process has held the workspace for longer than the wait."""


@contextmanager
def workspace_lock(workspace: Workspace, purpose: str, wait_seconds: float = 1800) -> Iterator[int]:
    """Hold the workspace's write lock; the kernel frees it when the process dies, however it dies.

    Yields the lock's file descriptor: a child that is given it keeps the lock until it ends too, so nothing
    writes beside a child that outlived its killed parent.

    Raises
    ------
    WorkspaceBusy: not free within `wait_seconds`; the message names the holder and its purpose.
    """
    workspace.make_folders()
    path = workspace.kept / "workspace.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, workspace, wait_seconds)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {purpose}\n".encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, workspace: Workspace, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "an unknown process"
                raise WorkspaceBusy(
                    f"workspace {workspace.name} is being written by process {holder}. "
                    "Wait for it to end, or stop it, and try again."
                ) from None
            time.sleep(0.2)
