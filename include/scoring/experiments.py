"""Effects of experiments as they stand at a date: sums of their arms read, judged by `ml`, and written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import duckdb
import numpy as np

from include.scoring.purchase_tables import append
from include.scoring.tables import create_score_tables
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from ml.experiments.judging import ExperimentRules, Metric, judge_experiments
from ml.experiments.running import Assignment

SUMS, UNITS = "int_experiments__sums", "int_experiments__units"


def judge_campaigns(workspace: Workspace, as_of: date, progress: Callable[[str], None] = print) -> None:
    """Replace the date's effects of every campaign with a control group or several arms.

    The caller holds the workspace's lock and has built the layer core for the date; running again gives the same rows.
    """
    with open_warehouse(workspace) as connection:
        create_score_tables(connection)
        found = effects_of(connection, as_of)
        connection.begin()
        try:
            connection.execute(
                "delete from scores.experiment_effects "
                "where as_of_date = ? or as_of_date not in (select as_of_date from ops.as_of_dates)",
                [as_of],
            )
            append(connection, "experiment_effects", as_of, found)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
    experiments = len(set(found["campaign_id"].to_pylist()))
    progress(f"Judged {experiments} experiments: {found.num_rows} effects of arms, by metric and segment")


def effects_of(connection: duckdb.DuckDBPyConnection, as_of: date):
    """Table `ml.experiments.judging.RESULTS` of the experiments that the warehouse tells."""
    sums = connection.execute(
        f'from "int".{SUMS} order by campaign_id, dimension, segment, arm, is_baseline, metric'
    ).to_arrow_table()
    days = connection.execute(
        f'select campaign_id, assigned_on, count(*) from "int".{UNITS} group by all order by 1, 2'
    ).fetchall()
    campaigns = connection.execute(
        "select campaign_id, starts_on, ends_on, control_share from core.dim_campaign"
    ).fetchall()
    told = {campaign: (starts, ends) for campaign, starts, ends, _ in campaigns}
    assigned: dict[str, list[tuple[date, int]]] = {}
    for campaign, day, customers in days:
        assigned.setdefault(campaign, []).append((day, customers))
    assignments = {
        campaign: Assignment(
            np.array([day for day, _ in rows], "datetime64[D]"),
            np.array([customers for _, customers in rows]),
            *told.get(campaign, (None, None)),
        )
        for campaign, rows in assigned.items()
    }
    shares = {campaign: share for campaign, _, _, share in campaigns}
    return judge_experiments(sums, assignments, shares, as_of, read_rules(connection))


def read_rules(connection: duckdb.DuckDBPyConnection) -> ExperimentRules:
    settings = connection.execute(
        "select confidence, power, worthwhile_lift, minimum_units, sample_ratio_p, peeking, correction, "
        "segment_correction, call_early from policy.experiment_settings"
    ).fetchone()
    metrics = connection.execute(
        "select metric, days, is_better_high from policy.experiment_metrics order by position"
    ).fetchall()
    return ExperimentRules(*settings, tuple(Metric(*one) for one in metrics))
