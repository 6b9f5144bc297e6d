"""How well the models behind the scores of a date were judged, kept beside the scores."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from ml.evaluation.groups import FIGURES
from ml.tracking.churn_runs import CALIBRATION_FILE, GROUPS_FILE, RIVAL
from ml.tracking.store import ModelStore, RegisteredVersion


def quality_rows(store: ModelStore, name: str, version: RegisteredVersion | None, reason: str | None) -> list[tuple]:
    """(model, version, run, metric, position, value, reason): one a metric, three a calibration group.

    Where several families may score, `model_family` has no value, and the reason tells which does and why.

    Without a model there is one row, with no metric and the reason in words. Figures of a rival are left out:
    they tell of the champion that happened to be there, not of the model behind the scores. So are those of a file that
    cannot be read any more: scores do not hang on it.
    """
    if version is None:
        return [(name, None, None, None, None, None, reason)]
    head = (name, version.version, version.run_id)
    own = {metric: value for metric, value in store.metrics(version).items() if not metric.startswith(RIVAL)}
    rows = [(*head, metric, None, value, None) for metric, value in sorted(own.items())]
    if "model_family" in version.tags:
        rows.append((*head, "model_family", None, None, version.tags["choice"]))
    if "judged_on" in version.tags:
        groups = store.if_whole(lambda one: store.read(one, CALIBRATION_FILE, _calibration), version) or []
        rows += [
            (*head, f"calibration_{measure}", position, float(group[measure]), None)
            for position, group in enumerate(groups, start=1)
            for measure in ("predicted", "observed", "customers")
        ]
    return rows


def group_quality_rows(store: ModelStore, lead: int, version: RegisteredVersion | None) -> list[tuple]:
    """(lead, version, judged on, kind of group, group, figures of `ml.evaluation.groups`) of a churn model.

    A figure that could not be told is None.
    """
    if version is None:
        return []
    table = store.if_whole(lambda one: store.read(one, GROUPS_FILE, _groups), version)
    if table is None:
        return []
    figures = table.reindex(columns=FIGURES).apply(pd.to_numeric, errors="coerce")
    told = [[None if one != one else one for one in row] for row in figures.itertuples(index=False)]
    judged_on = date.fromisoformat(version.tags["judged_on"])
    places = zip(table["grouping"], table["group"], told, strict=True)
    return [(lead, version.version, judged_on, kind, group, *row) for kind, group, row in places]


def write_group_quality(connection: duckdb.DuckDBPyConnection, as_of: date, rows: list[tuple]) -> None:
    """Replace the rows of the date; the caller opens the transaction."""
    connection.execute("delete from scores.churn_group_quality where as_of_date = ?", [as_of])
    if rows:
        places = ", ".join("?" * (1 + len(rows[0])))
        connection.executemany(
            f"insert into scores.churn_group_quality values ({places})", [(as_of, *row) for row in rows]
        )


def write_model_quality(connection: duckdb.DuckDBPyConnection, as_of: date, rows: list[tuple]) -> None:
    """Replace the rows of the date; the caller opens the transaction."""
    connection.execute("delete from scores.model_quality where as_of_date = ?", [as_of])
    connection.executemany(
        "insert into scores.model_quality values (?, ?, ?, ?, ?, ?, ?, ?)", [(as_of, *r) for r in rows]
    )


def _calibration(path: Path) -> list[dict]:
    return json.loads(path.read_text())


def _groups(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False, dtype={"group": str})
