"""Whether anything has happened since the published version that its marts should tell of."""

from __future__ import annotations

from datetime import UTC, date, datetime

from include.policies.reader import read_policies
from include.publishing.versions import PublishedVersion, current_version
from include.warehouse.builds import code_version
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace


def why_build(workspace: Workspace, as_of: date) -> str | None:
    """Why marts for the date should be built, in words; None when the published version says all there is.

    It compares what is, not what the last load did: rows that came in a load whose chain failed later, or by a replay,
    are still news. The caller holds the workspace's lock.
    """
    version = current_version(workspace)
    if version is None:
        return "nothing is published yet"
    if version.as_of_date != as_of:
        return f"the published version is for {version.as_of_date}"
    return news_since(workspace, version)


def news_since(workspace: Workspace, version: PublishedVersion) -> str | None:
    """What the version cannot know of, in words, or None. The caller holds the workspace's lock."""
    if version.policy_version != read_policies(workspace).version:
        return "policies have changed"
    if version.code_version != code_version():
        return "the code has changed"
    # Not since it was published: rows and decisions may come while a build is scored and audited.
    known_until = version.known_until or datetime.min
    decisions = workspace.kept / "match_decisions.jsonl"
    if decisions.exists() and datetime.fromtimestamp(decisions.stat().st_mtime, UTC).replace(tzinfo=None) > known_until:
        return "stewards have decided on matches"
    with open_warehouse(workspace, read_only=True) as connection:
        news = connection.execute(
            "select distinct source || '/' || table_name from ops.load_ledger "
            "where rows_accepted + rows_deleted + rows_erased > 0 and loaded_at > ? order by all",
            [known_until],
        ).fetchall()
    return f"rows came or went in {', '.join(place for (place,) in news)}" if news else None
