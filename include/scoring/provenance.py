"""What a training run says of where it comes from."""

from __future__ import annotations

import subprocess
from functools import cache

from include.workspace import PROJECT_ROOT, Workspace


def provenance(workspace: Workspace, policy_version: str, context: dict[str, str]) -> dict[str, str]:
    """Tags of a run: `context` (DAG run and code version), policy version, workspace, and the commit where known."""
    known = {**context, "policy_version": policy_version, "workspace": workspace.name}
    return known | ({"git_commit": commit} if (commit := _commit()) else {})


@cache
def _commit() -> str | None:
    """The commit that is checked out; None outside a checkout."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False, timeout=10
        )
    except OSError:
        return None
    return found.stdout.strip() if found.returncode == 0 else None
