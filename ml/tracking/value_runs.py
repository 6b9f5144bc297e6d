"""Training runs of lifetime value in MLflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from ml.clv.families import ChoiceRule
from ml.clv.scoring import score_value
from ml.clv.served import FITS_FILE, read_fits, served_columns, write_fits
from ml.clv.summaries import DAYS_PER_UNIT, Summaries
from ml.clv.training import ValueTraining, train_value_models
from ml.clv.value_fit import ValueFit
from ml.errors import NotEnoughHistory
from ml.tracking.cards import value_card
from ml.tracking.fingerprint import fingerprint, pinned
from ml.tracking.plots import plot_distribution
from ml.tracking.promotion import promote
from ml.tracking.store import ModelStore, RegisteredVersion
from ml.tracking.value_plots import plot_fit, plot_holdout

MODEL_NAME = "clv"
PROMOTION = "the fit of the latest date; its family by mean rank on the hold-out, as clv.yml says"


def train_value(
    store: ModelStore,
    summaries: pa.Table,
    as_of: date,
    settings: dict[str, float],
    rule: ChoiceRule,
    context: dict[str, str],
    progress: Callable[[str], None] = print,
) -> tuple[RegisteredVersion, str]:
    """Fit every date up to `as_of`, judge, record and promote; an unchanged training reuses its version.

    Fits of dates whose history, code and policy are unchanged are taken from the newest version that has them.

    Parameters
    ----------
    summaries : as in `ml.clv.summaries.Summaries`
    settings : horizon_days, annual_discount_rate, margin_rate, interval_level
    rule : the candidates, and how one of them becomes the champion
    context : further tags of the run

    Raises
    ------
    NotEnoughHistory: no family can be fitted at any date, with the reason of the latest.
    """
    rows = Summaries(summaries, as_of)
    tags = fingerprint(rows.table.slice(0, 0), as_of, settings | asdict(rule))
    tags["data_hash"] = rows.history[rows.dates[-1]] if rows.dates else tags["data_hash"]
    version = store.same_training(MODEL_NAME, tags, lambda one: store.read(one, FITS_FILE, read_fits))
    if version:
        progress(f"{MODEL_NAME}: data, code and policy are unchanged; version {version.version} stays")
    else:
        known = _known_fits(store, tags)
        training = train_value_models(rows, rule, int(settings["horizon_days"]), known)
        if not any(fit.purchases for fit in training.fits):
            raise NotEnoughHistory(training.fits[-1].reason if training.fits else "there is no purchase history yet")
        version = _record(store, training, rows, settings, rule, context, tags)
        progress(f"{MODEL_NAME}: version {version.version}, {len(training.fits)} dates, {training.fits[-1].choice}")
    return version, promote(store, version, better=True)


def _known_fits(store: ModelStore, tags: dict[str, str]) -> dict[date, ValueFit]:
    """Fits of the newest version of the same code and settings whose file is there."""
    same = {name: tags[name] for name in ("ml_code_hash", "settings")}
    fits: dict[date, ValueFit] = {}

    def read(version: RegisteredVersion) -> dict[date, ValueFit]:
        fits.update(store.read(version, FITS_FILE, read_fits)[1])
        return fits

    store.same_training(MODEL_NAME, same, read)
    return fits


def _record(store, training: ValueTraining, rows: Summaries, settings, rule, context, tags) -> RegisteredVersion:
    latest, holdout = training.fits[-1], training.holdout
    metrics = dict(training.metrics) | {"customers": latest.customers, "repeat_customers": latest.repeat_customers}
    for family, model in ((latest.purchase_family, latest.purchases), ("gg", latest.gamma_gamma)):
        if model:
            metrics |= {f"{family}_{name}": number for name, number in model.params_.items()}
            metrics |= {f"{family}_{name}_error": number for name, number in model.standard_errors_.items()}
            metrics[f"{family}_log_likelihood"] = model.log_likelihood_
    params = dict(settings) | {name: ", ".join(getattr(rule, name)) for name in ("candidates", "metrics")}
    params |= {name: getattr(rule, name) for name in ("better_by", "much_worse", "bias_within")}
    params["time_unit_days"] = DAYS_PER_UNIT
    params |= {
        "dates_fitted": sum(fit.purchases is not None for fit in training.fits),
        "judged_from": training.judged_from.isoformat() if training.judged_from else "no earlier fit",
        "model_family": latest.family or "none",
        "purchase_family": latest.purchase_family or "none",
        "promotion": PROMOTION,
    }
    told = {"model_family": latest.family or "none", "choice": latest.choice or "none"}

    def write_artifacts(folder: Path) -> None:
        write_fits(training, settings, folder)
        if latest.purchases:
            plot_fit(latest, rows, folder)
            value = score_value(latest, rows.at(latest.as_of), **settings)["clv_12m"].drop_null().to_numpy()
            plot_distribution(value, folder / "value_distribution.png")
        if holdout:
            plot_holdout(holdout, folder)

    def log_model(mlflow):
        if holdout:
            _log_candidates(mlflow, training, tags)
        with TemporaryDirectory() as folder:
            return mlflow.pyfunc.log_model(
                name="model",
                loader_module="ml.clv.served",
                data_path=str(write_fits(training, settings, Path(folder))),
                code_paths=[str(Path(__file__).parents[1])],
                signature=_signature(latest),
                pip_requirements=pinned("scikit-learn", "scipy", "numpy", "pandas", "pyarrow", "skops"),
            )

    return store.record(
        MODEL_NAME,
        params=params,
        metrics=metrics,
        tags={**context, **tags, **told},
        card=value_card(training, settings, tags | context),
        write_artifacts=write_artifacts,
        log_model=log_model,
    )


def _log_candidates(mlflow, training: ValueTraining, tags: dict[str, str]) -> None:
    """A run of each candidate below the training's, with its figures on the hold-out and its plots."""
    holdout, latest = training.holdout, training.fits[-1]
    experiment = mlflow.active_run().info.experiment_id
    for name, figures in holdout.figures().items():
        chosen = {"is_champion": str(name == latest.family).lower(), "trained_as_of": tags["trained_as_of"]}
        run_name = f"{name} {tags['trained_as_of']}"
        with mlflow.start_run(run_name=run_name, nested=True, experiment_id=experiment, tags=chosen):
            mlflow.log_params({"family": name, "judged_from": holdout.start.isoformat()})
            mlflow.log_metrics({f"holdout_{key}": value for key, value in figures.items() if value == value})
            with TemporaryDirectory() as folder:
                plot_holdout(holdout, Path(folder), name)
                mlflow.log_artifacts(folder)


def _signature(fit: ValueFit):
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    needed = [ColSpec("long", "frequency"), ColSpec("double", "recency_days"), ColSpec("double", "age_days")]
    named = {column.name for column in needed}
    rest = [ColSpec("double", name, required=False) for name in served_columns(fit) if name not in named]
    amounts = (
        "probability_alive",
        "expected_purchases_12m",
        "expected_spend",
        "clv_12m",
        "clv_12m_low",
        "clv_12m_high",
    )
    numbers = [ColSpec("double", name) for name in (*amounts, "interval_level")]
    texts = [ColSpec("string", name) for name in ("score_reason", "model_family", "purchase_family")]
    return ModelSignature(Schema(needed + rest), Schema(numbers + texts))
