"""What the published `model_quality` says of each model, in figures and in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from include.publishing.earlier_releases import NotInVersion, of_any_release
from include.warehouse.connection import open_published
from include.workspace import Workspace


@dataclass(frozen=True)
class ChurnQuality:
    """One lead. `bins` holds (mean predicted, observed share, customers) by group; empty without a model."""

    lead_days: int
    version: str | None
    metrics: dict[str, float]
    bins: list[tuple[float, float, int]]
    reason: str | None

    @property
    def words(self) -> str:
        if not self.bins:
            return f"none: {self.reason}"
        found = self.metrics
        rule = f", rule baseline {found['rule_auc']:.3f}" if "rule_auc" in found else ""
        return (
            f"lead {self.lead_days} days: {found['judged_positives']:,.0f} of {found['judged_rows']:,.0f} left, "
            f"AUC {found['auc']:.3f} ({found['auc_lower']:.3f} to {found['auc_upper']:.3f}){rule}"
        )


@dataclass(frozen=True)
class ModelQuality:
    churn: list[ChurnQuality] = field(default_factory=list)
    clv_version: str | None = None
    clv_words: str = "no model"


def model_quality(workspace: Workspace) -> ModelQuality:
    """The models behind the current as-of date; none where an earlier release published what is said of them."""
    try:
        with open_published(workspace.published_file) as connection, of_any_release():
            rows = connection.execute(
                "select model_name, model_version, metric, position, value, reason from model_quality "
                "where as_of_date = (select as_of_date from published_version) order by model_name, position, metric"
            ).fetchall()
    except NotInVersion as problem:
        return ModelQuality(clv_words=str(problem))
    models: dict[str, list[tuple]] = {}
    for name, *rest in rows:
        models.setdefault(name, []).append(tuple(rest))
    churn = [_churn(name, found) for name, found in models.items() if name.startswith("churn_")]
    value = models.get("clv", [])
    return ModelQuality(
        churn=sorted(churn, key=lambda lead: lead.lead_days),
        clv_version=value[0][0] if value else None,
        clv_words=_value_words(value),
    )


def _churn(name: str, rows: list[tuple]) -> ChurnQuality:
    whole = {metric: value for _, metric, position, value, _ in rows if metric and position is None}
    groups: dict[int, dict[str, float]] = {}
    for _, metric, position, value, _ in rows:
        if position is not None:
            groups.setdefault(position, {})[metric.removeprefix("calibration_")] = value
    bins = [(group["predicted"], group["observed"], int(group["customers"])) for _, group in sorted(groups.items())]
    lead = int(name.removeprefix("churn_").removesuffix("d"))
    return ChurnQuality(lead, rows[0][0], whole, bins, rows[0][4])


def _value_words(rows: list[tuple]) -> str:
    found = {metric: value for _, metric, _, value, _ in rows if metric}
    if not found:
        return f"none: {rows[0][4]}" if rows else "no model"
    if "holdout_mae" not in found:
        return f"{found['customers']:,.0f} customers fitted; no earlier date to judge it from"
    return (
        f"hold-out of {found['holdout_days']:.0f} days: {found['holdout_expected_purchases']:,.0f} purchases expected, "
        f"{found['holdout_actual_purchases']:,.0f} made; mean error {found['holdout_mae']:.2f} "
        f"(own pace {found['holdout_pace_mae']:.2f})"
    )
