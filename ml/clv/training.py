"""Fitting lifetime value at every as-of date, and judging it on purchases it had not seen."""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.metrics import roc_auc_score

from ml.clv.beta_geo import BetaGeoModel
from ml.clv.families import FAMILIES, purchase_figures
from ml.clv.gamma_gamma import GammaGammaModel
from ml.clv.maximum import FlatLikelihood
from ml.errors import DidNotConverge, NotEnoughHistory
from ml.evaluation.amounts import amount_metrics, gini

DAYS_PER_UNIT = 7.0
_SHORTEST_HOLDOUT_DAYS = 28
_LONGEST_HOLDOUT_DAYS = 365


@dataclass(frozen=True)
class ValueFit:
    """Both models fitted at one date; one that could not be fitted is None and `reason` says why."""

    as_of: date
    beta_geo: BetaGeoModel | None
    gamma_gamma: GammaGammaModel | None
    reason: str | None
    customers: int
    repeat_customers: int

    def as_dict(self) -> dict:
        """Plain content, enough to restore the fit with `ValueFit.from_dict`."""
        content = {"as_of": self.as_of.isoformat(), "reason": self.reason}
        content |= {"customers": self.customers, "repeat_customers": self.repeat_customers}
        for name in ("beta_geo", "gamma_gamma"):
            model = getattr(self, name)
            content[name] = model and {
                "params": model.params_,
                "standard_errors": {key: _null(error) for key, error in model.standard_errors_.items()},
                "covariance": [[_null(number) for number in row] for row in model.covariance_.tolist()],
                "log_likelihood": model.log_likelihood_,
            }
        return content

    @classmethod
    def from_dict(cls, content: dict) -> ValueFit:
        models = {}
        for name, kind in (("beta_geo", BetaGeoModel), ("gamma_gamma", GammaGammaModel)):
            models[name] = None
            if content[name]:
                models[name] = kind()
                models[name].params_ = content[name]["params"]
                models[name].standard_errors_ = content[name]["standard_errors"]
                models[name].log_likelihood_ = content[name]["log_likelihood"]
                if "covariance" in content[name]:  # fits of earlier versions have none, and so no intervals
                    models[name].covariance_ = np.array(content[name]["covariance"], dtype=float)
        counts = {key: content[key] for key in ("reason", "customers", "repeat_customers")}
        return cls(date.fromisoformat(content["as_of"]), **models, **counts)


@dataclass(frozen=True)
class ValueTraining:
    """Fits of all dates up to `as_of`, in date order, and the hold-out figures, empty where none was possible."""

    as_of: date
    fits: list[ValueFit]
    metrics: dict[str, float]
    judged_from: date | None


def train_value_models(summaries: pa.Table, as_of: date) -> ValueTraining:
    """Fit BG/NBD and Gamma-Gamma at every as-of date up to `as_of`, and judge the fit of an earlier one.

    Parameters
    ----------
    summaries : customer_id, as_of_date, frequency, recency_days, age_days, monetary_value (null without repeats)

    A date whose data do not support a model keeps the reason instead; it is no error.
    """
    summaries = summaries.filter(pc.less_equal(summaries["as_of_date"], pa.scalar(as_of, pa.date32())))
    summaries = summaries.sort_by([("as_of_date", "ascending"), ("customer_id", "ascending")])
    fits = [fit_at(summaries, day) for day in pc.unique(summaries["as_of_date"]).to_pylist()]
    metrics, judged_from = _judge(summaries, fits, as_of)
    return ValueTraining(as_of, fits, metrics, judged_from)


def fit_at(summaries: pa.Table, as_of: date) -> ValueFit:
    """Both models on the summaries of one date."""
    rows = rows_of(summaries, as_of)
    x, t_x, age, spend = histories(rows)
    counts = {"customers": len(x), "repeat_customers": int((x > 0).sum())}
    beta_geo = gamma_gamma = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FlatLikelihood)
        try:
            beta_geo = BetaGeoModel().fit(x, t_x, age)
            paying = (x > 0) & (np.nan_to_num(spend) > 0)
            gamma_gamma = GammaGammaModel().fit(x[paying], spend[paying])
        except (NotEnoughHistory, DidNotConverge) as fault:
            return ValueFit(as_of, beta_geo, None, str(fault), **counts)
    return ValueFit(as_of, beta_geo, gamma_gamma, None, **counts)


def rows_of(summaries: pa.Table, as_of: date) -> pa.Table:
    return summaries.filter(pc.equal(summaries["as_of_date"], pa.scalar(as_of, pa.date32())))


def histories(rows: pa.Table) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Frequency, recency and age in weeks, and mean repeat spend (nan without), arrays of shape (n,)."""
    columns = ("frequency", "recency_days", "age_days", "monetary_value")
    x, t_x, age, spend = (pc.cast(rows[name], pa.float64()).to_numpy(zero_copy_only=False) for name in columns)
    return x, t_x / DAYS_PER_UNIT, age / DAYS_PER_UNIT, spend


def _judge(summaries: pa.Table, fits: list[ValueFit], as_of: date) -> tuple[dict[str, float], date | None]:
    """Hold-out figures of the fit nearest the middle of the history, or a year before `as_of` if that is later."""
    if not fits:
        return {}, None
    latest = rows_of(summaries, as_of)
    span = int(pc.max(latest["age_days"]).as_py() or 0) if latest.num_rows else 0
    wanted = as_of - timedelta(days=min(span // 2, _LONGEST_HOLDOUT_DAYS))
    last = as_of - timedelta(days=_SHORTEST_HOLDOUT_DAYS)
    earlier = [fit for fit in fits if fit.as_of <= last and fit.beta_geo]
    if not earlier:
        return {}, None
    fit = min(earlier, key=lambda fit: abs(fit.as_of - wanted))
    before = rows_of(summaries, fit.as_of)
    joined = before.join(
        latest.select(["customer_id", "frequency", "monetary_value"]), "customer_id", right_suffix="_now"
    )
    joined = joined.sort_by("customer_id")
    x, t_x, age, spend = histories(joined)
    now = joined.select(["frequency_now", "monetary_value_now"]).to_pandas().to_numpy(dtype=float)
    actual = now[:, 0] - x
    horizon = (as_of - fit.as_of).days / DAYS_PER_UNIT
    expected = fit.beta_geo.expected_purchases(horizon, x, t_x, age)
    pace = np.divide(x, age, out=np.zeros_like(x), where=age > 0) * horizon
    metrics = {f"holdout_{name}": value for name, value in purchase_figures(x, actual, expected).items()}
    metrics |= _of_other_families(x, t_x, age, actual, horizon)
    metrics |= {f"holdout_pace_{name}": value for name, value in amount_metrics(actual, pace).items()}
    metrics |= {"holdout_days": horizon * DAYS_PER_UNIT, "holdout_customers": len(x)}
    metrics |= {"holdout_actual_purchases": float(actual.sum()), "holdout_expected_purchases": float(expected.sum())}
    if 0 < (actual > 0).sum() < len(actual):
        metrics["holdout_active_auc_frequency"] = float(roc_auc_score(actual > 0, x))
        metrics["holdout_active_auc_alive"] = float(
            roc_auc_score(actual > 0, fit.beta_geo.probability_alive(x, t_x, age))
        )
    if fit.gamma_gamma:
        past = x * np.nan_to_num(spend)
        bought = now[:, 0] * np.nan_to_num(now[:, 1]) - past
        predicted = expected * fit.gamma_gamma.expected_spend(x, spend)
        if np.isfinite(predicted).all():
            metrics |= {f"holdout_spend_{name}": value for name, value in amount_metrics(bought, predicted).items()}
            metrics["holdout_spend_gini"] = gini(bought, predicted)
            metrics["holdout_spend_gini_past_spend"] = gini(bought, past)
            metrics["holdout_spend_gini_best"] = gini(bought, bought)
    return metrics, fit.as_of


def _of_other_families(x, t_x, age, actual, horizon: float) -> dict[str, float]:
    """The same hold-out figures of the purchase models that do not score, each fitted at the judged date."""
    metrics = {}
    for name, family in FAMILIES.items():
        if family is BetaGeoModel:
            continue
        with warnings.catch_warnings(), suppress(NotEnoughHistory, DidNotConverge):
            warnings.simplefilter("ignore", FlatLikelihood)
            expected = family().fit(x, t_x, age).expected_purchases(horizon, x, t_x, age)
            figures = purchase_figures(x, actual, expected)
            metrics |= {f"holdout_{name}_{figure}": value for figure, value in figures.items()}
    return metrics


def _null(number: float) -> float | None:
    return None if np.isnan(number) else number
