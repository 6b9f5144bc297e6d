"""Everything that a workspace may let go of by its policies, one after another, each told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from include.housekeeping.ageing import (
    days_before,
    forget_files,
    forget_mended_rows,
    forget_results,
    rows_left_open,
)
from include.housekeeping.rewriting import discard_draft, free_share, rewrite
from include.pipeline.step_log import NAME, forget_steps
from include.policies.reader import read_policies
from include.publishing.versions import discard_leftovers, forget_old_versions, old_versions
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from include.workspace_lock import workspace_lock


def keep_house(
    workspace: Workspace,
    dry: bool = False,
    progress: Callable[[str], None] = print,
    wait_seconds: float = 1800,
    now: datetime | None = None,
) -> dict[str, int]:
    """Let go of what the policies no longer keep; returns how much of each kind.

    With `dry` nothing is changed. Killed anywhere nothing that is kept is lost, and it can be called again.

    Raises
    ------
    WorkspaceBusy: another process writes the workspace for longer than `wait_seconds`.
    """
    policies = read_policies(workspace)
    kept, published = policies["housekeeping"], policies["publishing"]
    now = (now or datetime.now(UTC)).astimezone(UTC)
    verb = "would go" if dry else "are gone"
    done: dict[str, int] = {}

    def tell(kind: str, number: int, words: str) -> None:
        done[kind] = number
        if number:
            progress(f"{workspace.name}: {number:,} {words} {verb}")

    with workspace_lock(workspace, "keep house", wait_seconds):
        keeps = published["keep_versions"], published["keep_past_dates"]
        if dry:
            tell("versions", len(old_versions(workspace, *keeps)), "published versions")
        else:
            discard_leftovers(workspace)
            tell("versions", len(forget_old_versions(workspace, *keeps)), "published versions")
        logs = workspace.rebuildable / "logs"
        tell("steps", forget_steps(workspace, days_before(now, kept["step_log_days"]), dry), "lines of run history")
        spare, old = frozenset({NAME, "steps.lock"}), days_before(now, kept["log_days"])
        tell("logs", forget_files([logs, workspace.dbt_target / "logs"], old, dry, spare), "log files")
        if workspace.warehouse.is_file():
            _keep_warehouse(workspace, kept, now, dry, tell, progress)
    return done


def _keep_warehouse(workspace: Workspace, kept: dict, now: datetime, dry: bool, tell: Callable, progress) -> None:
    naive, waits = now.replace(tzinfo=None), kept["quarantine_days"]
    with open_warehouse(workspace, read_only=dry) as connection:
        results = forget_results(connection, days_before(naive, kept["audit_days"]), dry)
        tell("results", results, "results of audits")
        rows = forget_mended_rows(connection, days_before(naive, waits), dry)
        tell("quarantine", rows, "mended rows of the quarantine")
        if still := rows_left_open(connection, days_before(naive, waits)):
            progress(f"{workspace.name}: {still:,} rows have waited in quarantine for over {waits} days; they stay.")
    _retire_models(workspace, dry, tell)
    if not dry:
        discard_draft(workspace.warehouse)
    share = free_share(workspace.warehouse)
    if share < kept["rewrite_from_free_share"]:
        tell("bytes", 0, "bytes of the warehouse's file")
        return
    size = workspace.warehouse.stat().st_size
    saved = int(size * share) if dry else rewrite(workspace.warehouse)
    tell("bytes", saved, "bytes of the warehouse's file")


def _retire_models(workspace: Workspace, dry: bool, tell: Callable) -> None:
    from include.scoring.versions import retire_versions

    if dry or not workspace.has_model_store:
        return
    tell("models", len(retire_versions(workspace, progress=lambda _: None)), "versions of models")
