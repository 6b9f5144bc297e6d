"""Training runs of the segmentation in MLflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pyarrow as pa

from ml.segments.model import MODEL_FILE, SegmentModel, read_model, write_model
from ml.segments.training import SegmentSettings, SegmentTraining, rows_of, train_segment_model
from ml.tracking.fingerprint import fingerprint
from ml.tracking.promotion import promote, version_for
from ml.tracking.segment_card import plot_centres, plot_sizes, segment_card
from ml.tracking.served import log_served
from ml.tracking.store import CHAMPION, ModelStore, RegisteredVersion

MODEL_NAME = "segments"
PROMOTION = "another policy, or a silhouette better by {gain} than the champion's segments have on the same customers"


def train_segments(
    store: ModelStore,
    table: pa.Table,
    as_of: date,
    settings: SegmentSettings,
    context: dict[str, str],
    progress: Callable[[str], None] = print,
) -> tuple[RegisteredVersion, str]:
    """Find segments, record and promote; an unchanged training reuses its version.

    Parameters
    ----------
    table, as_of, settings : as in `ml.segments.train_segment_model`
    context : further tags of the run, such as policy and code version

    Raises
    ------
    NotEnoughHistory: no segments are possible, in words.
    """
    rows = rows_of(table, as_of)
    tags = fingerprint(rows, as_of, asdict(settings))
    former = version_for(store, MODEL_NAME, as_of)
    version = store.same_training(MODEL_NAME, tags, lambda one: found_segments(store, one))
    if version:
        progress(f"{MODEL_NAME}: data, code and policy are unchanged; version {version.version} stays")
    else:
        training = train_segment_model(rows, as_of, settings, _newest_whole(store, former, as_of))
        version = _record(store, training, settings, context, tags)
        progress(
            f"{MODEL_NAME}: version {version.version}, {training.chosen.clusters} segments, "
            f"silhouette {training.silhouette:.3f}"
        )
    return version, promote(store, version, _is_better(version, store.with_alias(MODEL_NAME, CHAMPION), settings))


def found_segments(store: ModelStore, version: RegisteredVersion) -> SegmentModel:
    """The segmentation of a version."""
    return store.read(version, MODEL_FILE, read_model)


def _newest_whole(store: ModelStore, former: RegisteredVersion | None, as_of: date) -> SegmentModel | None:
    """The segmentation that serves the date, or of the newest trained by then whose file is there: numbers last."""
    known = [one for one in reversed(store.versions(MODEL_NAME)) if one.trained_as_of <= as_of]
    models = (store.if_whole(lambda one: found_segments(store, one), version) for version in (former, *known))
    return next((model for model in models if model), None)


def same_policy(version: RegisteredVersion, table: pa.Table, as_of: date, settings: SegmentSettings) -> bool:
    """Whether the version was trained by these settings."""
    return version.tags["settings"] == fingerprint(table.slice(0, 0), as_of, asdict(settings))["settings"]


def _is_better(version: RegisteredVersion, champion: RegisteredVersion | None, settings: SegmentSettings) -> bool:
    """Whether the version may replace the champion: customers keep their segments unless there is something to gain."""
    if champion is None or champion.tags["settings"] != version.tags["settings"]:
        return True
    own, rival = float(version.tags["judged_metric"]), float(version.tags["rival_metric"])
    return rival != rival or own >= rival + settings.replace_gain


def _record(
    store: ModelStore, training: SegmentTraining, settings: SegmentSettings, context: dict[str, str], tags: dict
) -> RegisteredVersion:
    chosen, model = training.chosen, training.model
    metrics = {
        "segments": chosen.clusters,
        "customers": int(training.sizes.sum()),
        "silhouette": training.silhouette,
        "stability": chosen.stability,
        "smallest_share": training.sizes.min() / training.sizes.sum(),
        "rival_silhouette": training.rival_silhouette,
    }
    for one in training.candidates:
        metrics |= {f"silhouette_k{one.clusters}": one.silhouette, f"stability_k{one.clusters}": one.stability}
    params = {name: value for name, value in asdict(settings).items() if name != "features"}
    params |= {
        "features": ", ".join(feature.metric for feature in model.scaling.features),
        "promotion": PROMOTION.format(gain=settings.replace_gain),
    }
    judged = {
        "judged_metric": repr(training.silhouette),
        "rival_metric": repr(training.rival_silhouette),
    }

    def write_artifacts(folder: Path) -> None:
        write_model(model, folder)
        plot_sizes(training, folder / "sizes.png")
        plot_centres(training, folder / "centres.png")

    def log_model(mlflow):
        return log_served(
            mlflow,
            "ml.segments.served",
            lambda folder: write_model(model, folder),
            {feature.metric: "double" for feature in model.scaling.features},
            {"segment_no": "integer", "segment_en": "string", "segment_zh": "string", "clearness": "double"},
            ("scikit-learn", "scipy", "numpy", "pandas", "pyarrow"),
            may_be_missing=True,
        )

    return store.record(
        MODEL_NAME,
        params=params,
        metrics={name: float(value) for name, value in metrics.items()},
        tags={**context, **tags, **judged},
        card=segment_card(training, settings, tags | context),
        write_artifacts=write_artifacts,
        log_model=log_model,
    )
