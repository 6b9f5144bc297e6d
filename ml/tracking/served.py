"""A served model of this package in a run: its files, the code that reads them, and what goes in and comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ml.tracking.fingerprint import pinned


def log_served(
    mlflow,
    module: str,
    write: Callable[[Path], Path],
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    libraries: tuple[str, ...],
    may_be_missing: bool = False,
):
    """Log a model that `module` of this package loads and that runs without the project; returns MLflow's ModelInfo.

    Parameters
    ----------
    write : puts the model's files into a folder and returns what is to be carried along
    inputs, outputs : type in MLflow's words (string, long, integer, double, boolean) by column, in their order
    libraries : that the model needs, pinned at the versions that made it
    may_be_missing : whether an input column may hold nothing
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    read = [ColSpec(kind, name, required=not may_be_missing) for name, kind in inputs.items()]
    made = [ColSpec(kind, name) for name, kind in outputs.items()]
    with TemporaryDirectory() as folder:
        return mlflow.pyfunc.log_model(
            name="model",
            loader_module=module,
            data_path=str(write(Path(folder))),
            code_paths=[str(Path(__file__).parents[1])],
            signature=ModelSignature(Schema(read), Schema(made)),
            pip_requirements=pinned(*libraries),
        )
