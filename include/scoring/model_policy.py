"""The policy of models as scoring uses it."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ml.monitoring.monitor import Limits
from ml.tracking.rules import Guard, Promotion, PromotionPolicy


def read_promotion_policy(connection: duckdb.DuckDBPyConnection) -> PromotionPolicy:
    """What the policies of the current build ask of a candidate, and how many versions stay."""
    promotions = connection.execute(
        "select model, minimum_improvement, require_approval from policy.model_promotion order by position"
    ).fetchall()
    guards = connection.execute(
        "select guard, model, metric, at_least, at_most, worse_by_at_most, in_each_group from policy.model_guards"
    ).fetchall()
    group, keep = connection.execute("select minimum_group, keep_versions from policy.model_settings").fetchone()
    return PromotionPolicy(
        tuple(Promotion(*one) for one in promotions), tuple(Guard(*one) for one in guards), group, keep
    )


@dataclass(frozen=True)
class MonitoringPolicy:
    limits: Limits
    ask_again_after_days: int


def read_monitoring_policy(connection: duckdb.DuckDBPyConnection) -> MonitoringPolicy:
    """Which drift asks for a training, and how soon again."""
    *limits, days = connection.execute(
        "select monitored_customers, input_psi, inputs_drifted, score_psi, outcome_confidence, outcome_tolerance, "
        "outcome_tenths, ask_again_after_days from policy.model_settings"
    ).fetchone()
    return MonitoringPolicy(Limits(*limits), days)
