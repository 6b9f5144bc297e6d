"""The versions of a workspace's models: what there is, and what people may do with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from include.scoring.model_policy import read_promotion_policy
from include.scoring.training import open_store
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from ml.tracking.promotion import approve, reject, standing_of
from ml.tracking.retirement import retire, versions_to_retire
from ml.tracking.store import PENDING

# Figures that are listed, of those that a model has.
SHOWN = (
    "auc",
    "log_loss",
    "calibration_slope",
    "holdout_mae",
    "holdout_bias",
    "holdout_spend_gini",
    "hit_rate",
    "silhouette",
    "stability",
)


@dataclass(frozen=True)
class ListedVersion:
    """`figures` out of `SHOWN`, and `decision` in words: why it is the champion, or is not."""

    model: str
    version: str
    trained_as_of: date
    standing: str
    decision: str
    figures: dict[str, float]


def list_versions(workspace: Workspace, model: str | None = None) -> list[ListedVersion]:
    """Every registered version, by model, newest first; the caller holds the workspace's lock."""
    store = open_store(workspace)
    listed = []
    for name in store.names() if model is None else [model]:
        aliases = store.aliases(name) if name in store.names() else {}
        for version in reversed(store.versions(name)):
            metrics = store.metrics(version)
            figures = {figure: metrics[figure] for figure in SHOWN if figure in metrics}
            standing, decision = standing_of(version, aliases), version.tags.get("decision", "")
            listed.append(ListedVersion(name, version.version, version.trained_as_of, standing, decision, figures))
    return listed


def questions(workspace: Workspace) -> list[dict[str, str]]:
    """What stewards are asked of each version that waits: name, version, subject and body (Markdown), all text."""
    return [
        {
            "name": one.model,
            "version": one.version,
            "subject": f"{workspace.name}: may version {one.version} of {one.model} score from now on?",
            "body": _body(one),
        }
        for one in list_versions(workspace)
        if one.standing == PENDING
    ]


def decide(workspace: Workspace, decisions: list[tuple[str, str, bool, str]], progress: Callable[[str], None]) -> None:
    """Promote or turn down versions: (model, version, is approved, by whom); one that no longer waits stays as it is.

    The caller holds the workspace's lock.
    """
    store = open_store(workspace)
    for name, number, is_approved, by in decisions:
        waiting = store.with_alias(name, PENDING)
        if waiting is None or waiting.version != number:
            progress(f"{name}: version {number} no longer waits; nothing is changed")
            continue
        (approve if is_approved else reject)(store, name, number, by)
        progress(f"{name}: version {number} is {'the champion' if is_approved else 'turned down'}, says {by}")


def retire_versions(workspace: Workspace, progress: Callable[[str], None] = print) -> list[str]:
    """Retire what the policy lets go, of every model; returns `<model> <version>` of each.

    Versions stay that would score an as-of date that the warehouse tells. The caller holds the workspace's lock.
    """
    with open_warehouse(workspace, read_only=True) as connection:
        policy = read_promotion_policy(connection)
        dates = [day for (day,) in connection.execute("select as_of_date from ops.as_of_dates").fetchall()]
    store, gone = open_store(workspace, policy), []
    for name in store.names():
        for version in versions_to_retire(store, name, dates):
            retire(store, version)
            gone.append(f"{name} {version.version}")
            progress(f"{name}: version {version.version}, trained for {version.trained_as_of}, is retired")
    progress(f"{len(gone)} versions retired; the newest {policy.keep_versions} of each model stay")
    return gone


def _body(version: ListedVersion) -> str:
    figures = "\n".join(f"| {name} | {value:.4g} |" for name, value in version.figures.items())
    return (
        f"Trained for {version.trained_as_of}. {version.decision}.\n\n| figure | value |\n|---|---|\n{figures}\n\n"
        f"Its model card is in MLflow under *Model registry*, {version.model}, version {version.version}. "
        "Until you answer the champion scores on."
    )
