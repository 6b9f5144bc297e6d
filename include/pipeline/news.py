"""Whether anything has happened since the published version that its marts should tell of."""

from __future__ import annotations

from datetime import UTC, date, datetime

from include.policies.reader import read_policies
from include.publishing.versions import PublishedVersion, current_version
from include.warehouse.builds import code_version
from include.warehouse.connection import open_published, open_warehouse
from include.workspace import Workspace

_ARRIVALS = "select batch_id, source, table_name from {} where rows_accepted + rows_deleted + rows_erased > 0"


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
    decisions = workspace.kept / "match_decisions.jsonl"
    if decisions.exists() and datetime.fromtimestamp(decisions.stat().st_mtime, UTC) > _utc(version.published_at):
        return "stewards have decided on matches"
    with open_published(version.folder / "tierworks.duckdb") as connection:
        told = set(connection.execute(_ARRIVALS.format("load_ledger")).fetchall())
    with open_warehouse(workspace, read_only=True) as connection:
        arrived = connection.execute(_ARRIVALS.format("ops.load_ledger")).fetchall()
    news = sorted({f"{source}/{table}" for batch, source, table in arrived if (batch, source, table) not in told})
    return f"rows came or went in {', '.join(news)}" if news else None


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
