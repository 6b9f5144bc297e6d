"""One MLflow store: its set-up, its runs, its registered versions and their aliases."""

from __future__ import annotations

import json
import os
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from zipfile import BadZipFile

from ml.errors import LostFiles
from ml.tracking.rules import PromotionPolicy
from ml.tracking.run_tags import CARD_FILE, mlflow_tags, note_of, run_name, version_tags
from ml.tracking.settings import import_mlflow

T = TypeVar("T")
CHAMPION, CHALLENGER, PENDING = "champion", "challenger", "pending"
_SQLITE = "sqlite:///"
_LOGGED_MODEL = "models:/"
_LONGEST_DESCRIPTION = 5000  # of a version, in MLflow's store
_LONGEST_TAG = 5000
# What the registry answers for a model, and for an alias of it, that does not exist.
_NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
_BUSY = "TEMPORARILY_UNAVAILABLE"  # what MLflow answers for a database that is locked
_DAMAGED = (OSError, ValueError, LookupError, EOFError, BadZipFile, zlib.error)


@dataclass(frozen=True)
class RegisteredVersion:
    """A model in the registry. `tags` are those it had when it was read: fingerprint, how it was judged, standing."""

    name: str
    version: str
    run_id: str
    tags: dict[str, str] = field(compare=False)

    @property
    def uri(self) -> str:
        return f"models:/{self.name}/{self.version}"

    @property
    def trained_as_of(self) -> date:
        return date.fromisoformat(self.tags["trained_as_of"])


class ModelStore:
    """The tracking store and registry at `tracking_uri`, with artifacts under the folder `artifacts`.

    `policy` says what a candidate needs to become champion; without one no more than being no worse.

    One process writes at a time: whoever makes one holds the workspace's lock.
    """

    def __init__(self, tracking_uri: str, artifacts: Path, policy: PromotionPolicy | None = None):
        self.policy = policy or PromotionPolicy()
        self._mlflow = import_mlflow()
        _create_whole(tracking_uri, self._mlflow)
        self._mlflow.set_tracking_uri(tracking_uri)
        self._mlflow.set_registry_uri(tracking_uri)
        self._client = self._mlflow.MlflowClient(tracking_uri, tracking_uri)
        self._artifacts = Path(artifacts)

    def close_abandoned_runs(self) -> int:
        """Mark runs of killed processes as killed; returns how many there were."""
        experiments = [experiment.experiment_id for experiment in self._client.search_experiments()]
        running = self._client.search_runs(experiments, "attributes.status = 'RUNNING'", max_results=1000)
        for run in running:
            self._client.set_terminated(run.info.run_id, "KILLED")
        return len(running)

    def versions(self, name: str) -> list[RegisteredVersion]:
        """Every version of a model, oldest first."""
        found = self._client.search_model_versions(f"name = '{name}'", max_results=10_000)
        return [_registered(version) for version in sorted(found, key=lambda version: int(version.version))]

    def same_training(
        self, name: str, fingerprint: dict[str, str], read: Callable[[RegisteredVersion], object]
    ) -> RegisteredVersion | None:
        """The version that was trained with this fingerprint, if there is one whose model `read` can still read."""
        same = (version for version in reversed(self.versions(name)) if fingerprint.items() <= version.tags.items())
        return next((version for version in same if self.if_whole(read, version) is not None), None)

    def with_alias(self, name: str, alias: str) -> RegisteredVersion | None:
        try:
            return _registered(self._client.get_model_version_by_alias(name, alias))
        except self._mlflow.exceptions.MlflowException as fault:
            if fault.error_code not in _NOT_THERE:
                raise
            return None

    def names(self) -> list[str]:
        """Every registered model, by name."""
        return sorted(model.name for model in self._client.search_registered_models(max_results=1000))

    def aliases(self, name: str) -> dict[str, str]:
        """Version by alias."""
        return {alias: str(number) for alias, number in self._client.get_registered_model(name).aliases.items()}

    def model_tag(self, name: str, key: str) -> str | None:
        return self._client.get_registered_model(name).tags.get(key)

    def tag_model(self, name: str, key: str, value: str) -> None:
        if self.model_tag(name, key) != value:
            self._client.set_registered_model_tag(name, key, value)

    def tag(self, version: RegisteredVersion, key: str, value: str) -> None:
        """Tag a version and its run, so that both lists show it."""
        value = value[:_LONGEST_TAG]
        self._client.set_model_version_tag(version.name, version.version, key, value)
        self._client.set_tag(version.run_id, key, value)

    def set_alias(self, version: RegisteredVersion, alias: str) -> None:
        self._client.set_registered_model_alias(version.name, alias, version.version)

    def drop_alias(self, version: RegisteredVersion, alias: str) -> None:
        held = self.with_alias(version.name, alias)
        if held and held.version == version.version:
            self._client.delete_registered_model_alias(version.name, alias)

    def record(
        self,
        name: str,
        *,
        params: dict,
        metrics: dict[str, float],
        tags: dict[str, str],
        card: str,
        write_artifacts: Callable[[Path], None],
        log_model: Callable[[object], object],
    ) -> RegisteredVersion:
        """One whole run, then its registered version; a kill before the last step leaves no version behind.

        Parameters
        ----------
        params, metrics, tags : flat; nan metrics are left out, as MLflow cannot compare them. The tag `data_hash` is
            shown as the run's dataset, `reason` in its name
        card : Markdown; kept as an artifact, and shown on the pages of the run and of the version
        write_artifacts : writes plots and texts into the folder it is given
        log_model : given `mlflow`, logs the model under the active run and returns its ModelInfo; may log what competed
            for the place as runs of their own, nested under it
        """
        noted = {**tags, **mlflow_tags(tags), "mlflow.note.content": note_of(card)}
        experiment = self._experiment(name)
        self._mlflow.set_experiment(experiment_id=experiment)  # nested runs would go to the default one
        run = self._client.create_run(experiment, run_name=run_name(name, tags), tags=noted)
        with self._mlflow.start_run(run_id=run.info.run_id):
            self._mlflow.log_params(params)
            self._mlflow.log_metrics(_comparable(metrics))
            self._log_dataset(run.info.run_id, name, tags)
            with TemporaryDirectory() as folder:
                (Path(folder) / CARD_FILE).write_text(card)
                write_artifacts(Path(folder))
                self._mlflow.log_artifacts(folder)
            with warnings.catch_warnings():
                # The signature is declared, so MLflow need not be given an example to guess it from.
                warnings.filterwarnings("ignore", message=".*input example was not provided.*")
                model = log_model(self._mlflow)
        if not self._client.search_registered_models(f"name = '{name}'"):
            self._client.create_registered_model(name)
        version = self._client.create_model_version(
            name,
            source=model.model_uri,
            run_id=run.info.run_id,
            tags=version_tags(tags),
            model_id=model.model_id,
            description=card[:_LONGEST_DESCRIPTION],
        )
        return _registered(version)

    def _log_dataset(self, run_id: str, name: str, tags: dict[str, str]) -> None:
        if "data_hash" not in tags:
            return
        entities = self._mlflow.entities
        source = json.dumps({"workspace": tags.get("workspace"), "known_at": tags["trained_as_of"]})
        dataset = entities.Dataset(f"{name} until {tags['trained_as_of']}", tags["data_hash"], "warehouse", source)
        training = entities.InputTag("mlflow.data.context", "training")
        self._client.log_inputs(run_id, [entities.DatasetInput(dataset, [training])])

    def remove_files(self, version: RegisteredVersion) -> None:
        """Delete the model behind a version; the files of its run stay. Nothing to do when it is gone."""
        source = self._client.get_model_version(version.name, version.version).source
        model_id = source.removeprefix(_LOGGED_MODEL)
        try:
            place = self._client.get_logged_model(model_id).artifact_location
        except self._mlflow.exceptions.MlflowException as fault:
            if fault.error_code not in _NOT_THERE:
                raise
            return
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        get_artifact_repository(place).delete_artifacts()
        self._client.delete_logged_model(model_id)

    def remove_version(self, version: RegisteredVersion) -> None:
        self._client.delete_model_version(version.name, version.version)

    def metrics(self, version: RegisteredVersion) -> dict[str, float]:
        return dict(self._client.get_run(version.run_id).data.metrics)

    def load_classifier(self, version: RegisteredVersion):
        """
        Raises
        ------
        LostFiles: the model cannot be read.
        """
        with self._told_when_lost(version, "model"):
            return self._mlflow.sklearn.load_model(version.uri)

    def if_whole(self, read: Callable[[RegisteredVersion], T], version: RegisteredVersion | None) -> T | None:
        """What `read` makes of the version; None without one, or where its files cannot be read."""
        try:
            return None if version is None else read(version)
        except LostFiles:
            return None

    def has_artifact(self, version: RegisteredVersion, artifact: str) -> bool:
        """Whether the version's run has a file of that name at its top."""
        return any(file.path == artifact for file in self._client.list_artifacts(version.run_id))

    def add_artifact(self, version: RegisteredVersion, path: Path) -> None:
        self._client.log_artifact(version.run_id, str(path))

    def read(self, version: RegisteredVersion, artifact: str, reader: Callable[[Path], T]) -> T:
        """What `reader` makes of a file of the version's run.

        The file is there only while it is read: MLflow leaves its own copies in the machine's temporary folder.

        Raises
        ------
        LostFiles: it cannot be read.
        """
        with TemporaryDirectory() as folder, self._told_when_lost(version, artifact):
            return reader(Path(self._client.download_artifacts(version.run_id, artifact, folder)))

    @contextmanager
    def _told_when_lost(self, version: RegisteredVersion, file: str) -> Iterator[None]:
        try:
            yield
        except (*_DAMAGED, self._mlflow.exceptions.MlflowException) as fault:
            if getattr(fault, "error_code", None) == _BUSY:
                raise
            raise LostFiles(
                f"{version.name} version {version.version}: its {file} cannot be read ({fault}). Bring the file back, "
                f"move back to another version with `tierworks models rollback`, or train: that makes it anew."
            ) from fault

    def _experiment(self, name: str) -> str:
        found = self._client.get_experiment_by_name(name)
        if found:
            return found.experiment_id
        return self._client.create_experiment(name, artifact_location=(self._artifacts / name).as_uri())


def _comparable(metrics: dict[str, float]) -> dict[str, float]:
    return {key: float(value) for key, value in metrics.items() if value == value}


def _registered(version) -> RegisteredVersion:
    return RegisteredVersion(version.name, str(version.version), version.run_id, dict(version.tags))


def _create_whole(tracking_uri: str, mlflow) -> None:
    """Make a new SQLite store beside its place and rename it there: a kill half-way leaves none rather than a half."""
    if not tracking_uri.startswith(_SQLITE):
        return
    target = Path(tracking_uri.removeprefix(_SQLITE))
    if target.exists():
        return
    draft = target.with_name(f"{target.name}.draft")
    draft.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    SqlAlchemyStore(f"{_SQLITE}{draft}", target.parent.as_uri()).engine.dispose()
    os.replace(draft, target)
