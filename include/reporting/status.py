"""What a workspace holds now, as one dictionary: the source of `tierworks status` and of the result page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import duckdb

from include.actions.ledger import waits_for_approval
from include.pipeline.step_log import read_steps
from include.warehouse.connection import open_published
from include.workspace import Workspace, state_root
from include.workspace_lock import WorkspaceBusy, workspace_lock

_REASONS = """
    select source, table_name, reason.code, reason."column", count(*)
    from ops.quarantine, unnest(reasons) as told(reason) where resolved_at is null group by all order by all
"""
# Each ends a run that went well; so does a task that skips what is left, having found nothing new.
_LAST_TASKS = (
    *("publish_version", "return_to_latest", "train_models", "clean_airflow"),
    *("push_alerts", "send_what_was_approved"),
)
_OPEN = "select count(*) from ops.quarantine where resolved_at is null"
_PUBLISHED_REASONS = """
    select source, table_name, reason_code, column_name, rows_open
    from quarantine_summary where rows_open > 0 order by all
"""


def workspace_status(workspace: Workspace) -> dict:
    """Published version, row count of every mart, ledger totals, quality results, models, last run's state.

    Reads the published version and the run log only, so it never waits for a writer. Keys of what does not
    exist yet hold None.
    """
    version = _version(workspace)
    return {
        "workspace": workspace.name,
        "state_folder": str(workspace.home),
        "published_file": str(workspace.published_file.resolve()) if version else None,
        "as_of_date": version and version["as_of_date"],
        "build_id": version and version["build_id"],
        "published_version": version,
        "marts": _mart_rows(workspace) if version else None,
        "ledger": _ledger(workspace),
        "quality": _quality(workspace),
        "models": version and version.get("models"),
        "last_run": _last_run(workspace),
        "result_page": _existing(workspace.rebuildable / "result.html"),
        "data_docs": _existing(workspace.quality / "index.html"),
        "mlflow": workspace.mlflow_tracking_uri,
        "services": _services(workspace),
    }


def _services(workspace: Workspace) -> dict[str, str]:
    """Addresses of what `up` opened for this workspace: what it opened for another shows another company."""
    found = state_root() / "urls.json"
    opened = json.loads(found.read_text()) if found.is_file() else {}
    return opened.get("urls", {}) if opened.get("workspace") == workspace.name else {}


def _version(workspace: Workspace) -> dict | None:
    record = workspace.current / "version.json"
    return json.loads(record.read_text()) if record.is_file() else None


def _mart_rows(workspace: Workspace) -> dict[str, int]:
    with open_published(workspace.published_file) as connection:
        tables = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
        return {name: connection.execute(f'select count(*) from "{name}"').fetchone()[0] for (name,) in tables}


@contextmanager
def _warehouse(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """The working warehouse while nobody writes it; a writer that comes meanwhile waits, as DuckDB would refuse it.

    Raises
    ------
    WorkspaceBusy: somebody writes it.
    duckdb.Error, OSError: there is none, or not for us.
    """
    with (
        workspace_lock(workspace, "status", wait_seconds=0) if workspace.warehouse.exists() else nullcontext(),
        open_published(workspace.warehouse) as connection,
    ):
        yield connection


def _ledger(workspace: Workspace) -> dict | None:
    """Rows by fate, in all and for each source table, and reasons of the rows that are open in quarantine.

    Of the last load, published or not; of the published version while a writer has the warehouse (which cannot tell
    `open`, the number of open rows, since one with two reasons counts under both).
    """
    try:
        with _warehouse(workspace) as connection:
            return _ledger_of(connection, "ops.load_ledger", _REASONS, _OPEN)
    except (duckdb.Error, OSError, WorkspaceBusy):  # a writer has the working warehouse, or there is none for us
        if not workspace.published_file.exists():
            return None
    with open_published(workspace.published_file) as connection:
        try:
            return _ledger_of(connection, "load_ledger", _PUBLISHED_REASONS, "select null")
        except (duckdb.BinderException, duckdb.CatalogException):  # a version of an earlier release
            return None


def _ledger_of(connection: duckdb.DuckDBPyConnection, ledger: str, reasons: str, still_open: str) -> dict:
    fates = ("rows_read", "rows_accepted", "rows_unchanged", "rows_quarantined", "rows_erased", "rows_deleted")
    sums = ", ".join(f"sum({fate})::bigint as {fate}" for fate in fates)
    rows = connection.execute(f"select source, table_name, {sums} from {ledger} group by all order by all").fetchall()
    tables = {f"{row[0]}.{row[1]}": dict(zip(fates, row[2:], strict=True)) for row in rows}
    totals = {fate: sum(table[fate] for table in tables.values()) for fate in fates}
    names = ("source", "table_name", "reason", "column", "rows")
    quarantined = [dict(zip(names, row, strict=True)) for row in connection.execute(reasons).fetchall()]
    return {
        "totals": totals,
        "tables": tables,
        "open": connection.execute(still_open).fetchone()[0],
        "quarantine": quarantined,
    }


def _quality(workspace: Workspace) -> dict | None:
    """Counts by layer and outcome of the newest audits, published or not; None before the first."""
    try:
        with _warehouse(workspace) as connection:
            rows = connection.execute(
                """
                select layer, count(*) filter (passed), count(*) filter (not passed and severity = 'blocking'),
                    count(*) filter (not passed and severity <> 'blocking')
                from ops.quality_results
                where build_id = (select build_id from ops.current_build) group by 1 order by 1
                """
            ).fetchall()
    except duckdb.CatalogException:
        return None
    except (duckdb.Error, OSError, WorkspaceBusy):
        return _version_quality(workspace)  # a writer has the working warehouse at the moment
    layers = {row[0]: dict(zip(("passed", "failed_blocking", "failed_warning"), row[1:], strict=True)) for row in rows}
    totals = {
        key: sum(layer[key] for layer in layers.values()) for key in ("passed", "failed_blocking", "failed_warning")
    }
    return {**totals, "layers": layers}


def _version_quality(workspace: Workspace) -> dict | None:
    version = _version(workspace)
    return version and version.get("quality")


def _last_run(workspace: Workspace) -> dict | None:
    lines = list(read_steps(workspace))
    if not lines:
        return None
    last = lines[-1]
    outcomes = {(step["task_id"], step.get("map_index")): step for step in lines if step["run_id"] == last["run_id"]}
    last = next((step for step in outcomes.values() if step["failed"]), last)
    state = "failed" if last["failed"] else _how_far(workspace, last, {task for task, _ in outcomes})
    return {"state": state, "dag_id": last["dag_id"], "task_id": last["task_id"], "run_id": last["run_id"]}


def _how_far(workspace: Workspace, last: dict, done: set[str]) -> str:
    """How far a run came whose tasks all went well; `act` ends early where no batch is to be approved."""
    if last["task_id"] in _LAST_TASKS or last.get("skipped", False):
        return "success"
    if last["task_id"] == "send_what_may_go" and "apply_answers" not in done:
        return "waiting for approval" if waits_for_approval(workspace) else "success"
    return "success" if "send_what_was_approved" in done else "running or stopped"


def _existing(path) -> str | None:
    return str(path) if path.exists() else None
