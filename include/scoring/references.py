"""How inputs and scores were spread when each version was trained, kept beside its model."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from include.scoring.monitored import monitored_models
from ml.monitoring.reference import REFERENCE_FILE, Reference, make_reference, read_reference, write_reference
from ml.tracking.store import ModelStore, RegisteredVersion


def keep_references(
    store: ModelStore, connection: duckdb.DuckDBPyConnection, versions: dict[str, RegisteredVersion]
) -> None:
    """Write, beside each version's model, how inputs and scores of its date are spread; once for each version.

    Parameters
    ----------
    versions : by model; those whose date the warehouse does not tell are left out
    """
    for model in monitored_models(connection):
        version = versions.get(model.name)
        if version is None or store.has_artifact(version, REFERENCE_FILE):
            continue
        rows = model.rows(connection, version.trained_as_of)
        if not rows.num_rows:
            continue
        score = model.score(store, version, rows, version.trained_as_of)
        reference = make_reference(rows, model.inputs(version), score, version.trained_as_of)
        with TemporaryDirectory() as folder:
            store.add_artifact(version, write_reference(reference, Path(folder)))


def reference_of(store: ModelStore, version: RegisteredVersion) -> Reference | None:
    """The version's reference; None for one that was trained without, or whose file is damaged."""
    if not store.has_artifact(version, REFERENCE_FILE):
        return None
    return store.if_whole(lambda one: store.read(one, REFERENCE_FILE, read_reference), version)
