"""Settings that MLflow reads from the environment before it is imported."""

from __future__ import annotations

import logging
import os

NOTHING_TOLD = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
QUIET = {
    **NOTHING_TOLD,
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_REQUIREMENTS_INFERENCE_RAISE_ERRORS": "false",
    "MPLBACKEND": "Agg",
}


def import_mlflow():
    """The `mlflow` module with nothing phoned home and nothing said below an error; the import costs seconds."""
    for name, setting in QUIET.items():
        os.environ.setdefault(name, setting)
    import mlflow
    import mlflow.pyfunc
    import mlflow.sklearn

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return mlflow
