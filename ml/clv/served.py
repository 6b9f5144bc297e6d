"""What the registry serves for lifetime value: the fits of every date, kept as plain JSON."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from ml.clv.scoring import score_value
from ml.clv.value_fit import ValueFit

if TYPE_CHECKING:
    from ml.clv.training import ValueTraining

FITS_FILE = "fits.json"


def write_fits(training: ValueTraining, settings: dict[str, float], folder: Path) -> Path:
    """Write the fits and the policy's settings to `folder`/fits.json."""
    path = folder / FITS_FILE
    content = {"settings": settings, "fits": [fit.as_dict() for fit in training.fits]}
    path.write_text(json.dumps(content, indent=1) + "\n")
    return path


def read_fits(path: Path) -> tuple[dict[str, float], dict[date, ValueFit]]:
    """Settings, and the fits by as-of date."""
    content = json.loads(path.read_text())
    fits = [ValueFit.from_dict(fit) for fit in content["fits"]]
    # Versions from before there were intervals name no level.
    return {"interval_level": 0.95} | content["settings"], {fit.as_of: fit for fit in fits}


def served_columns(fit: ValueFit) -> list[str]:
    """What a fit reads of a customer, the histories first."""
    columns = ["frequency", "recency_days", "age_days", "monetary_value"]
    return columns + [name for name in (fit.machine.features_ if fit.machine else []) if name not in columns]


class ServedValue:
    """`predict` on histories at one moment with the latest fit.

    Columns are frequency, recency_days, age_days, monetary_value, and what the machine learnt from where it gives the
    value; of those a missing column is unknown.
    """

    def __init__(self, path: Path):
        self._settings, fits = read_fits(path)
        self._fit = fits[max(fits)]

    def predict(self, model_input: pd.DataFrame, params: dict | None = None) -> pd.DataFrame:
        histories = model_input.reset_index(drop=True)
        keys = {
            "customer_id": pa.array(histories.index.astype(str), pa.string()),
            "as_of_date": pa.array([self._fit.as_of] * len(histories), pa.date32()),
        }
        for name in served_columns(self._fit):
            known = name in histories
            keys[name] = (
                pa.array(histories[name], from_pandas=True) if known else pa.nulls(len(histories), pa.float64())
            )
        rows = pa.table(keys)
        return score_value(self._fit, rows, **self._settings).drop(["customer_id", "as_of_date"]).to_pandas()


def _load_pyfunc(path: str) -> ServedValue:
    """MLflow's entry for this loader module."""
    return ServedValue(Path(path))
