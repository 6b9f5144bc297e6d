"""What MLflow serves: purchases of customers in, their lists out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ml.recommendation.history import History
from ml.recommendation.lists import Blend, learn, recommend

MODEL_FILE = "recommendations.json"
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class ListSettings:
    """How lists are made: the blend that was chosen, and what the policy says."""

    blend: Blend
    list_length: int
    neighbours: int
    unsold_days: int


def write_settings(settings: ListSettings, folder: Path) -> Path:
    """Write `recommendations.json` into the folder; returns its path."""
    path = folder / MODEL_FILE
    path.write_text(json.dumps(asdict(settings), indent=1, sort_keys=True))
    return path


def read_settings(path: Path) -> ListSettings:
    told = json.loads(path.read_text())
    return ListSettings(Blend(**told.pop("blend")), **told)


class ListMaker:
    """Lists behind MLflow's `predict`."""

    def __init__(self, settings: ListSettings):
        self._settings = settings

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """customer_id, place, product_id, score and reason, best first, by what the rows tell at their last day.

        Parameters
        ----------
        rows : customer_id, product_id, day (days since any day) and is_return, one a customer, product and day
        """
        settings = self._settings
        customers, customer_ids = pd.factorize(rows["customer_id"], sort=True)
        products, product_ids = pd.factorize(rows["product_id"], sort=True)
        columns = (rows["day"].to_numpy(np.int64), rows["is_return"].to_numpy(bool))
        history = History(customers, products, *columns, len(customer_ids), len(product_ids))
        now = int(columns[0].max(initial=0))
        offered = history.offered(now, settings.unsold_days, np.full(len(product_ids), _NEVER))
        parts = []
        for lists in recommend(learn(history, now, settings.neighbours), offered, settings.list_length, settings.blend):
            length = lists.product.shape[1]
            told = lists.product.ravel() >= 0
            parts.append(
                pd.DataFrame(
                    {
                        "customer_id": np.repeat(customer_ids[lists.customer], length)[told],
                        "place": np.tile(np.arange(1, length + 1), len(lists.customer))[told],
                        "product_id": product_ids[lists.product.ravel()[told]],
                        "score": lists.score.ravel()[told].round(9),
                        "reason": lists.reasons().ravel()[told],
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)


def _load_pyfunc(path: str) -> ListMaker:
    return ListMaker(read_settings(Path(path)))
