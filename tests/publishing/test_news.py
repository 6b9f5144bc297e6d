"""What came in while a build was scored and audited is news for the version that it became."""

from __future__ import annotations

from datetime import datetime

from include.identity.decisions import Decision, keep_decision
from include.pipeline.news import news_since
from include.policies.reader import read_policies
from include.publishing.publish import publish_version
from include.warehouse.builds import code_version, current_build, finish_layer
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from tests.publishing.audited import start_build

FINISHED = datetime(2020, 2, 29, 22)  # the audits of the fixture pass a few hours later


def _publish(
    workspace: Workspace, meanwhile: str = "", decision: Decision | None = None, build_id: str = "b"
) -> str | None:
    """Finish the facts, then let something happen, then publish; what is news of the version."""
    start_build(workspace, build_id)
    with open_warehouse(workspace) as connection:
        versions = [read_policies(workspace).version, code_version()]
        connection.execute("update ops.current_build set policy_version = ?, code_version = ?", versions)
        build = current_build(connection)
        finish_layer(connection, build, "core")
        connection.execute("update ops.layer_state set finished_at = ?", [FINISHED])
        connection.execute("update ops.load_ledger set loaded_at = ? where batch_id = '1'", [FINISHED])
        if meanwhile:
            connection.execute(
                "insert into ops.load_ledger by name select 'b9' as batch_id, 'shop' as source, 'sales' as table_name, "
                f"1 as rows_read, 1 as rows_accepted, 0 as rows_deleted, 0 as rows_erased, {meanwhile} as loaded_at"
            )
        # The mart is built later than the facts, and knows of the rows.
        connection.execute("create or replace table marts.load_ledger as from ops.load_ledger")
    if decision:
        keep_decision(workspace, decision)
    return news_since(workspace, publish_version(workspace, build_id, build.as_of, lambda line: None))


def test_nothing_is_news(workspace: Workspace):
    assert _publish(workspace) is None


def test_rows_that_came_meanwhile(workspace: Workspace):
    assert _publish(workspace, "timestamp '2020-02-29 21:59:59'") is None
    assert _publish(workspace, "timestamp '2020-02-29 22:30'", build_id="c") == "rows came or went in shop/sales"


def test_decisions_taken_meanwhile(workspace: Workspace):
    decision = Decision("shop", "a", "shop", "b", "same", "steward", "asked them", "2026-01-01T00:00:00+00:00")
    assert _publish(workspace, decision=decision) == "stewards have decided on matches"
