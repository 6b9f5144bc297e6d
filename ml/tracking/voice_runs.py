"""Training runs of sentiment and topics in MLflow; no text goes there, only words that many people wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pyarrow as pa

from ml.tracking.fingerprint import data_hash, fingerprint, pinned
from ml.tracking.promotion import promote, version_for
from ml.tracking.store import ModelStore, RegisteredVersion
from ml.tracking.voice_card import plot_topics, voice_card
from ml.voice.model import MODEL_FILE, VoiceModel, read_model, write_model
from ml.voice.training import VoiceSettings, VoiceTraining, train_voice_model

MODEL_NAME = "voice"
# What the fingerprint of a training covers.
_READ = ["feedback_id", "customer_id", "language", "rating", "text_hash"]


def train_voice(
    store: ModelStore,
    table: pa.Table,
    names: pa.Array,
    as_of: date,
    settings: VoiceSettings,
    context: dict[str, str],
    progress: Callable[[str], None] = print,
) -> tuple[RegisteredVersion, str]:
    """Learn sentiment and topics, record and promote; an unchanged training reuses its version.

    Parameters
    ----------
    table, names, as_of, settings : as in `ml.voice.training.train_voice_model`; the table has `text_hash` too
    context : further tags of the run, such as policy and code version

    Raises
    ------
    NotEnoughHistory: no language has enough texts, in words.
    """
    tags = fingerprint(table.select(_READ), as_of, asdict(settings)) | {
        "names_hash": data_hash(pa.table([names], ["n"]))
    }
    former = version_for(store, MODEL_NAME, as_of)
    version = store.same_training(MODEL_NAME, tags, lambda one: voice_model(store, one))
    if version:
        progress(f"{MODEL_NAME}: data, code and policy are unchanged; version {version.version} stays")
    else:
        formerly = store.if_whole(lambda one: voice_model(store, one), former)
        training = train_voice_model(table, as_of, settings, names, formerly)
        version = _record(store, training, settings, context, tags)
        topics = sum(len(model.numbers) for model in training.model.languages.values())
        progress(f"{MODEL_NAME}: version {version.version}, {topics} topics in {len(training.languages)} languages")
    # What people write of changes: the newest reading is the better one, unless the policy's guards object.
    return version, promote(store, version, True)


def voice_model(store: ModelStore, version: RegisteredVersion) -> VoiceModel:
    """The model of a version."""
    return store.read(version, MODEL_FILE, read_model)


def same_policy(version: RegisteredVersion, settings: VoiceSettings) -> bool:
    """Whether the version was trained by these settings."""
    return version.tags["settings"] == json.dumps(asdict(settings), sort_keys=True)


def _record(
    store: ModelStore, training: VoiceTraining, settings: VoiceSettings, context: dict[str, str], tags: dict
) -> RegisteredVersion:
    def write_artifacts(folder: Path) -> None:
        write_model(training.model, folder)
        for language in training.languages:
            plot_topics(training, language, folder / f"topics_{language}.png")

    def log_model(mlflow):
        from tempfile import TemporaryDirectory

        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema

        inputs = [ColSpec("string", "feedback_text"), ColSpec("string", "language", required=False)]
        outputs = [ColSpec("string", name) for name in ("language", "sentiment_method", "topic_id")]
        outputs += [ColSpec("double", name) for name in ("sentiment", "topic_share")]
        with TemporaryDirectory() as folder:
            return mlflow.pyfunc.log_model(
                name="model",
                loader_module="ml.voice.served",
                data_path=str(write_model(training.model, Path(folder))),
                code_paths=[str(Path(__file__).parents[1])],
                signature=ModelSignature(Schema(inputs), Schema(outputs)),
                pip_requirements=pinned("scikit-learn", "scipy", "numpy", "pandas", "pyarrow", "jieba"),
            )

    return store.record(
        MODEL_NAME,
        params=asdict(settings),
        metrics=_metrics(training),
        tags={**context, **tags},
        card=voice_card(training, settings, tags | context),
        write_artifacts=write_artifacts,
        log_model=log_model,
    )


def _metrics(training: VoiceTraining) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for language, one in training.languages.items():
        metrics |= {
            f"texts_{language}": one.texts,
            f"rated_{language}": one.rated,
            f"topics_{language}": len(one.sizes),
            f"texts_without_topic_{language}": one.silent,
        }
        if len(one.sizes):
            metrics[f"coherence_{language}"] = float(one.coherence.mean())
        if judgement := one.judgement:
            metrics |= {
                f"held_out_texts_{language}": judgement.texts,
                f"accuracy_{language}": judgement.accuracy,
                f"balanced_accuracy_{language}": judgement.balanced_accuracy,
                f"auc_{language}": judgement.auc,
                f"lexicon_auc_{language}": judgement.lexicon_auc,
            }
    return {name: float(value) for name, value in metrics.items()}
