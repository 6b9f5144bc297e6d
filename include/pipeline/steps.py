"""Load, build, score, audit and publish, one function each; the DAGs only join them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from include.policies.reader import read_policies
from include.policies.tables import write_policy_tables
from include.transform.dbt import build_layer
from include.warehouse.as_of import last_plausible_order_date, write_as_of_dates
from include.warehouse.builds import (
    LAYERS,
    Build,
    begin_build,
    code_version,
    current_build,
    finish_layer,
    renew_build_id,
    reopen_layer,
)
from include.warehouse.connection import open_warehouse
from include.warehouse.currency import write_currencies
from include.warehouse.staleness import (
    ALWAYS,
    Inputs,
    find_staleness,
    find_staleness_of_marts,
    note_reflected,
    note_reflected_in_marts,
)
from include.workspace import Workspace
from include.workspace_lock import workspace_lock

if TYPE_CHECKING:
    from include.load.result import LoadResult

Progress = Callable[[str], None]


class AsOfRefused(ValueError):
    """A run was asked for a date of which nothing can be known; nothing was built."""


def load(
    workspace: Workspace,
    batch_id: str,
    progress: Progress = print,
    only: str | None = None,
    full_refresh: bool = False,
    further_urls: Callable[[str], str | None] = lambda name: None,
) -> None:
    """Bring new and changed rows into `raw`, with ledger and quarantine, and mint customer ids.

    `only` names the one source to load; `further_urls` knows connections beside those of the environment.
    """
    from include.load.workspace_load import load_workspace
    from include.scoring.tables import create_score_tables

    read_policies(workspace)
    with workspace_lock(workspace, "load"), open_warehouse(workspace) as connection:
        create_score_tables(connection)
        now = datetime.now(UTC).replace(tzinfo=None)
        load_workspace(workspace, connection, batch_id, now, progress, only, full_refresh, further_urls)


def news(workspace: Workspace, as_of: date) -> str | None:
    """Why the marts should be built for the date, or None when the published version says all there is."""
    from include.pipeline.news import why_build

    with workspace_lock(workspace, "look for news"):
        return why_build(workspace, as_of)


def replay(
    workspace: Workspace,
    batch_id: str,
    source: str | None = None,
    table: str | None = None,
    sheet: Path | None = None,
    corrected_by: str = "",
    progress: Progress = print,
) -> LoadResult:
    """Judge rows of the quarantine again after a fix, and take in what is good now."""
    from include.load.replay import replay_workspace

    with workspace_lock(workspace, "replay"), open_warehouse(workspace) as connection:
        return replay_workspace(
            workspace, connection, batch_id, datetime.now(UTC), progress, source, table, sheet, corrected_by
        )


def resolve_as_of(workspace: Workspace, requested: date | None, run_date: date) -> date:
    """The date asked for, else the last plausible order date of the data, else the run's own date.

    Raises
    ------
    AsOfRefused: the date asked for is before the first order, or after the last and the run's own day: readers would
        be shown a company without customers, or one that all have left.
    """
    with workspace_lock(workspace, "resolve the as-of date"), open_warehouse(workspace) as connection:
        last = last_plausible_order_date(connection)
        first = connection.execute("select min(ordered_on) from raw.orders").fetchone()[0]
    if requested is None:
        return last or run_date
    if first and requested < first:
        raise AsOfRefused(f"{requested} is before the first order of {workspace.name}, on {first}. Give a later date.")
    if requested > max(last or run_date, run_date + timedelta(days=1)):  # a local day may be ahead of UTC's
        raise AsOfRefused(f"{requested} is in the future: {workspace.name} knows of nothing after {last or run_date}.")
    return requested


def identify(workspace: Workspace, progress: Progress = print) -> None:
    """Find which records are one person, and give each person one id."""
    with workspace_lock(workspace, "identify"):
        _identify(workspace, progress)


def build(
    workspace: Workspace, as_of: date, layer: str, full_refresh: bool = False, progress: Progress = print
) -> Build:
    """Build `layer` for the date, and before it whatever is not there for the same date."""
    with workspace_lock(workspace, f"build {layer}") as lock:
        return _build(workspace, as_of, layer, lock, full_refresh, progress)


def train(workspace: Workspace, as_of: date, context: dict[str, str], progress: Progress = print) -> list:
    """Train every model on what was known at the date; the registry keeps the better one as champion."""
    from include.scoring.training import train_models

    with workspace_lock(workspace, "train") as lock:
        _ensure_built(workspace, as_of, "core", lock, progress)
        return train_models(workspace, as_of, {**context, "code_version": code_version()}, progress)


def waiting_versions(workspace: Workspace) -> list[dict[str, str]]:
    """Versions that wait for a steward's approval, each with the question that is put: name, version, subject, body."""
    from include.scoring.versions import questions

    with workspace_lock(workspace, "look for versions that wait"):
        return questions(workspace)


def decide_versions(
    workspace: Workspace, decisions: list[tuple[str, str, bool, str]], progress: Progress = print
) -> None:
    """Promote or turn down versions that wait: (model, version, is approved, by whom)."""
    from include.scoring.versions import decide

    with workspace_lock(workspace, "decide on versions"):
        decide(workspace, decisions, progress)


def retire_versions(workspace: Workspace, progress: Progress = print) -> list[str]:
    """Remove versions of models that are older than the policy keeps."""
    from include.scoring.versions import retire_versions

    with workspace_lock(workspace, "retire versions"):
        return retire_versions(workspace, progress)


def score(workspace: Workspace, as_of: date, context: dict[str, str], progress: Progress = print) -> None:
    """Write every score for the date, training first where there is no champion, and what the model monitor finds."""
    from include.scoring.experiments import judge_campaigns
    from include.scoring.monitoring import monitor_models
    from include.scoring.purchases import foretell_purchases
    from include.scoring.scores import score_customers
    from include.scoring.voice import read_feedback

    with workspace_lock(workspace, "score") as lock:
        _ensure_built(workspace, as_of, "core", lock, progress)
        with open_warehouse(workspace) as connection:
            reopen_layer(connection, "marts")
        context = {**context, "code_version": code_version()}
        score_customers(workspace, as_of, context, progress)
        read_feedback(workspace, as_of, context, progress)
        foretell_purchases(workspace, as_of, context, progress)
        judge_campaigns(workspace, as_of, progress)
        monitor_models(workspace, as_of, progress)


def audit(workspace: Workspace, as_of: date, layer: str, progress: Progress = print) -> str:
    """Run the layer's expectations; a blocking failure raises and nothing is published. Returns the build's id."""
    from expectations.checkpoint import run_checkpoint

    needed = {"raw": None, "facts": "core", "scores": "marts", "marts": "marts"}[layer]
    with workspace_lock(workspace, f"audit {layer}") as lock:
        # Raw rows are audited first, so their audit opens the build that it belongs to.
        found = (
            _ensure_built(workspace, as_of, needed, lock, progress) if needed else _begin(workspace, as_of, progress)
        )
        run_checkpoint(workspace, layer, found.build_id, progress)
        return found.build_id


def publish(
    workspace: Workspace,
    as_of: date,
    progress: Progress = print,
    aside: bool = False,
    further_urls: Callable[[str], str | None] = lambda name: None,
):
    """Audit what this build has not been audited for yet, then swap the new version in, or set it aside."""
    from expectations.checkpoint import AUDITED_LAYERS, audited_layers, run_checkpoint
    from include.publishing.publish import publish_version

    with workspace_lock(workspace, "publish") as lock:
        found = _ensure_built(workspace, as_of, "marts", lock, progress)
        with open_warehouse(workspace, read_only=True) as connection:
            missing = [layer for layer in AUDITED_LAYERS if layer not in audited_layers(connection, found.build_id)]
        for layer in missing:
            run_checkpoint(workspace, layer, found.build_id, progress)
        return publish_version(workspace, found.build_id, as_of, progress, aside, further_urls)


def _build(workspace: Workspace, as_of: date, layer: str, lock: int, full_refresh: bool, progress: Progress) -> Build:
    if layer == LAYERS[0]:
        found = _begin(workspace, as_of, progress)
    else:
        found = _ensure_built(workspace, as_of, LAYERS[LAYERS.index(layer) - 1], lock, progress)
    with open_warehouse(workspace) as connection:
        if layer == "marts" and (workspace.versions / found.build_id).exists():
            found = renew_build_id(connection, found)
        reopen_layer(connection, layer)
    return _run_layer(workspace, found, layer, lock, progress, full_refresh)


def _begin(workspace: Workspace, as_of: date, progress: Progress) -> Build:
    """A build for the date with no layer finished: the one an audit of raw rows has opened, or a new one."""
    policies = read_policies(workspace)
    with open_warehouse(workspace) as connection:
        found = current_build(connection)
        if found and not found.layers and found.same_inputs(as_of, policies.version, code_version()):
            return found
        write_policy_tables(connection, policies)
        dates = write_as_of_dates(connection, as_of, policies["calendar"]["history_months"])
        found = begin_build(connection, as_of, policies.version)
    progress(f"Build {found.build_id}: {dates} as-of dates up to {as_of}, policies {policies.version}")
    return found


def _ensure_built(workspace: Workspace, as_of: date, layer: str | None, lock: int, progress: Progress) -> Build:
    """The current build when it is for this date and reaches `layer`; else what is missing is built now.

    Runs of several dates may take turns in one working warehouse; each step makes sure of its own ground.
    A faulty policy is told here too: a step run by hand would otherwise go on with what the last build had read.
    """
    read_policies(workspace)
    with open_warehouse(workspace) as connection:
        found = current_build(connection)
    if found is None or found.as_of != as_of:
        progress(f"The warehouse holds {found.as_of if found else 'no build'}; building {as_of} first")
        found = _begin(workspace, as_of, progress)
    for missing in LAYERS[: LAYERS.index(layer) + 1] if layer else ():
        if missing not in found.layers:
            found = _run_layer(workspace, found, missing, lock, progress)
    return found


def _run_layer(
    workspace: Workspace, found: Build, layer: str, lock: int, progress: Progress, full_refresh: bool = False
) -> Build:
    """Build the layer's tables; those that keep what is still true are made again since the first stale day only."""
    from include.scoring.actions import read_ledger

    if layer == "core":
        _identify(workspace, progress)
    with open_warehouse(workspace) as connection:
        read_ledger(workspace, connection, found.as_of)
        if layer == "core":
            currency = write_currencies(connection, found.as_of)
            inputs = Inputs(found.as_of, found.policy_version, found.code_version, currency)
            stale_from = find_staleness(connection, inputs, full_refresh)
        else:
            stale_from = find_staleness_of_marts(connection, found.as_of, full_refresh)
    full_refresh = stale_from == ALWAYS
    progress(
        f"Everything in {layer} is built anew"
        if full_refresh
        else f"What {layer} keeps is built anew since {stale_from}"
    )
    build_layer(workspace, layer, lock, full_refresh, progress)
    with open_warehouse(workspace) as connection:
        if layer == "core":
            note_reflected(connection, inputs)
        else:
            note_reflected_in_marts(connection)
        finish_layer(connection, found, layer)
        return current_build(connection)


def _identify(workspace: Workspace, progress: Progress) -> None:
    """What stands on the ids is built again when any has changed."""
    from include.identity.identify import identify_customers

    policies = read_policies(workspace)
    with open_warehouse(workspace) as connection:
        if identify_customers(workspace, connection, policies, progress) and current_build(connection):
            reopen_layer(connection, "core")
