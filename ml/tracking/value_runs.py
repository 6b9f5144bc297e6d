"""Training runs of lifetime value in MLflow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.clv.scoring import score_value
from ml.clv.served import write_fits
from ml.clv.training import DAYS_PER_UNIT, ValueTraining, histories, rows_of, train_value_models
from ml.errors import NotEnoughHistory
from ml.tracking.cards import value_card
from ml.tracking.fingerprint import fingerprint, pinned
from ml.tracking.plots import plot_distribution, plot_frequency_fit, plot_tracking
from ml.tracking.promotion import promote
from ml.tracking.store import ModelStore, RegisteredVersion

MODEL_NAME = "clv"
_BARS = 7
PROMOTION = "one model family: the fit of the latest date is the champion"


def train_value(
    store: ModelStore,
    summaries: pa.Table,
    as_of: date,
    settings: dict[str, float],
    context: dict[str, str],
    progress: Callable[[str], None] = print,
) -> tuple[RegisteredVersion, str]:
    """Fit every date up to `as_of`, judge, record and promote; an unchanged training reuses its version.

    Parameters
    ----------
    summaries : as in `ml.clv.training.train_value_models`
    settings : horizon_days, annual_discount_rate, margin_rate
    context : further tags of the run

    Raises
    ------
    NotEnoughHistory: BG/NBD cannot be fitted at any date, with the reason of the latest.
    """
    summaries = summaries.filter(pc.less_equal(summaries["as_of_date"], pa.scalar(as_of, pa.date32())))
    summaries = summaries.sort_by([("as_of_date", "ascending"), ("customer_id", "ascending")])
    tags = fingerprint(summaries, as_of, settings)
    version = store.same_training(MODEL_NAME, tags)
    if version:
        progress(f"{MODEL_NAME}: data, code and policy are unchanged; version {version.version} stays")
    else:
        training = train_value_models(summaries, as_of)
        if not any(fit.beta_geo for fit in training.fits):
            raise NotEnoughHistory(training.fits[-1].reason if training.fits else "there is no purchase history yet")
        version = _record(store, training, summaries, settings, context, tags)
        progress(f"{MODEL_NAME}: version {version.version}, {len(training.fits)} dates fitted")
    return version, promote(store, version, better=True)


def _record(store, training: ValueTraining, summaries: pa.Table, settings, context, tags) -> RegisteredVersion:
    latest = training.fits[-1]
    metrics = dict(training.metrics) | {"customers": latest.customers, "repeat_customers": latest.repeat_customers}
    for family, model in (("bgnbd", latest.beta_geo), ("gg", latest.gamma_gamma)):
        if model:
            metrics |= {f"{family}_{name}": number for name, number in model.params_.items()}
            metrics |= {f"{family}_{name}_error": number for name, number in model.standard_errors_.items()}
            metrics[f"{family}_log_likelihood"] = model.log_likelihood_
    params = dict(settings) | {
        "time_unit_days": DAYS_PER_UNIT,
        "dates_fitted": sum(fit.beta_geo is not None for fit in training.fits),
        "judged_from": training.judged_from.isoformat() if training.judged_from else "no earlier fit",
        "promotion": PROMOTION,
    }

    def write_artifacts(folder: Path) -> None:
        write_fits(training, settings, folder)
        if latest.beta_geo:
            _draw(training, summaries, settings, folder)

    def log_model(mlflow):
        from tempfile import TemporaryDirectory

        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema

        inputs = [ColSpec("long", "frequency"), ColSpec("double", "recency_days"), ColSpec("double", "age_days")]
        inputs.append(ColSpec("double", "monetary_value", required=False))
        outputs = ("probability_alive", "expected_purchases_12m", "expected_spend", "clv_12m")
        columns = [ColSpec("double", name) for name in outputs] + [ColSpec("string", "score_reason")]
        with TemporaryDirectory() as folder:
            return mlflow.pyfunc.log_model(
                name="model",
                loader_module="ml.clv.served",
                data_path=str(write_fits(training, settings, Path(folder))),
                code_paths=[str(Path(__file__).parents[1])],
                signature=ModelSignature(Schema(inputs), Schema(columns)),
                pip_requirements=pinned("scikit-learn", "scipy", "numpy", "pandas", "pyarrow"),
            )

    return store.record(
        MODEL_NAME,
        params=params,
        metrics=metrics,
        tags={**context, **tags},
        card=value_card(training, settings, tags | context),
        write_artifacts=write_artifacts,
        log_model=log_model,
    )


def _draw(training: ValueTraining, summaries: pa.Table, settings: dict[str, float], folder: Path) -> None:
    latest = training.fits[-1]
    rows = rows_of(summaries, latest.as_of)
    x, _, age, _ = histories(rows)
    days = [fit.as_of for fit in training.fits]
    observed = [histories(rows_of(summaries, day))[0].sum() for day in days]
    ages = [age - (latest.as_of - day).days / DAYS_PER_UNIT for day in days]
    expected = [latest.beta_geo.expected_purchases_of_new_customer(np.maximum(then, 0)).sum() for then in ages]
    plot_tracking(days, observed, expected, folder / "tracking.png")
    distinct, customers = np.unique(age, return_counts=True)
    chances = [latest.beta_geo.probability_of_purchases(np.full_like(distinct, n), distinct) for n in range(_BARS)]
    fitted = [float(customers @ chance) for chance in chances]
    counted = [int((x == n).sum()) for n in range(_BARS)]
    labels = [*map(str, range(_BARS)), f"{_BARS}+"]
    rest = [int((x >= _BARS).sum()), len(x) - sum(fitted)]
    plot_frequency_fit(labels, [*counted, rest[0]], [*fitted, rest[1]], folder / "frequency_fit.png")
    value = score_value(latest, rows, **settings)["clv_12m"].drop_null().to_numpy()
    plot_distribution(value, folder / "value_distribution.png")
