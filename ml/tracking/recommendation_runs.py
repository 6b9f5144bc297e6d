"""Training runs of the recommendations in MLflow: the blend that lists are made by, and how they hit."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from ml.errors import NotEnoughHistory
from ml.recommendation import Blend, History, Judgement, Range, choose_blend, judge_recommendations
from ml.recommendation.judging import RECOMMENDED, RIVAL
from ml.recommendation.served import MODEL_FILE, ListSettings, read_settings, write_settings
from ml.tracking.fingerprint import fingerprint
from ml.tracking.promotion import promote
from ml.tracking.purchase_cards import plot_methods, recommendation_card
from ml.tracking.served import log_served
from ml.tracking.store import CHAMPION, ModelStore, RegisteredVersion

MODEL_NAME = "recommendations"
CHAMPION_METRIC = "hit_rate"
PROMOTION = "by hit_rate, beside the champion's blend for the same customers; another policy replaces it"
_EPOCH = date(1970, 1, 1)


def train_recommendations(
    store: ModelStore,
    history: History,
    range_of: Range,
    as_of: date,
    settings: dict,
    context: dict[str, str],
    progress: Callable[[str], None] = print,
) -> tuple[RegisteredVersion, str]:
    """Choose a blend, judge it on later days, record and promote; an unchanged training reuses its version.

    Parameters
    ----------
    history, range_of : as in `ml.recommendation.judge_recommendations`, days since 1970
    settings : list_length, neighbours, hold_out_days, unsold_days (whole numbers) and what else the policy says
    context : further tags of the run, such as policy and code version

    Raises
    ------
    NotEnoughHistory: too few customers came back to judge lists, in words.
    """
    if not history.products:
        raise NotEnoughHistory("no product has been sold")
    columns = {name: getattr(history, name) for name in ("customer", "product", "day", "is_return")}
    tags = fingerprint(pa.table(columns), as_of, settings)
    champion = store.with_alias(MODEL_NAME, CHAMPION)
    same_policy = champion is not None and champion.tags["settings"] == tags["settings"]
    version = store.same_training(MODEL_NAME, tags, lambda one: list_settings(store, one))
    if version:
        progress(f"{MODEL_NAME}: data, code and policy are unchanged; version {version.version} stays")
    else:
        now, days = (as_of - _EPOCH).days, settings["hold_out_days"]
        asked = (history, now, range_of, settings["list_length"], settings["neighbours"], days)
        rival = store.if_whole(lambda one: list_settings(store, one), champion) if same_policy else None
        judged = judge_recommendations(*asked, choose_blend(*asked), rival and rival.blend)
        version = _record(store, judged, settings, context, tags)
        progress(f"{MODEL_NAME}: version {version.version}, lists hit {judged.hit_rate[RECOMMENDED]:.3f}")
    return version, promote(store, version, True)


def list_settings(store: ModelStore, version: RegisteredVersion) -> ListSettings:
    """How a version makes lists."""
    return store.read(version, MODEL_FILE, read_settings)


def same_settings(version: RegisteredVersion, settings: dict) -> bool:
    """Whether the version was trained by these settings."""
    return version.tags["settings"] == json.dumps(settings, sort_keys=True)


def _record(
    store: ModelStore, judged: Judgement, settings: dict, context: dict[str, str], tags: dict[str, str]
) -> RegisteredVersion:
    first, last = (_EPOCH + timedelta(days=day) for day in (judged.first_day, judged.last_day))
    metrics = {"customers": judged.customers}
    for figure, of in (("hit_rate", judged.hit_rate), ("precision", judged.precision)):
        for method, value in of.items():
            metrics[figure if method == RECOMMENDED else f"{method}_{figure}"] = value
    blend: Blend = judged.blend
    told = ListSettings(blend, *(settings[name] for name in ("list_length", "neighbours", "unsold_days")))
    judged_tags = {"judged_from": first.isoformat(), "judged_to": last.isoformat(), "champion_metric": CHAMPION_METRIC}

    def write_artifacts(folder: Path) -> None:
        write_settings(told, folder)
        plot_methods({name: hit for name, hit in judged.hit_rate.items() if name != RIVAL}, folder / "hit_rate.png")

    def log_model(mlflow):
        return log_served(
            mlflow,
            "ml.recommendation.served",
            lambda folder: write_settings(told, folder),
            {"customer_id": "string", "product_id": "string", "day": "long", "is_return": "boolean"},
            {"customer_id": "string", "place": "long", "product_id": "string", "score": "double", "reason": "string"},
            ("scipy", "numpy", "pandas", "pyarrow"),
        )

    return store.record(
        MODEL_NAME,
        params={**settings, "again": blend.again, "popular": blend.popular, "promotion": PROMOTION},
        metrics=metrics,
        tags={**context, **tags, **judged_tags},
        card=recommendation_card(judged, told, (first, last), tags | context),
        write_artifacts=write_artifacts,
        log_model=log_model,
    )
