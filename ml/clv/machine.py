"""The machine-learned challenger: what customers spend next, learnt from what customers like them spent before."""

from __future__ import annotations

import base64

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from ml.errors import NotEnoughHistory

SEED = 0
_KEYS = ("customer_id", "as_of_date")
_FEWEST_CUSTOMERS, _FEWEST_SPENDERS = 200, 50
_MOST_CUSTOMERS = 200_000
_TRUSTED = ["numpy.dtype", "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]
_TRUSTED += ["sklearn._loss.link.Interval", "sklearn._loss.link.LogLink", "sklearn._loss.loss.HalfPoissonLoss"]
_TRUSTED += ["sklearn._loss._loss.CyHalfPoissonLoss", "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper"]


class MachineModel:
    """Boosted trees with Poisson loss, whose predicted total is that of the customers it learnt from.

    It reads every number of a customer's row at a date, and predicts money: no purchases, no chance of being alive,
    and no interval.

    Attributes
    ----------
    days_ : int, length of the time whose spend it learnt
    features_ : list of column names
    customers_ : int, customers it learnt from, 200,000 at most
    """

    def fit(self, rows: pa.Table, spend, days: int) -> MachineModel:
        """Learn from the rows of one date and the money each customer then spent in so many days.

        Raises
        ------
        NotEnoughHistory: under 200 customers, or under 50 of them who spent.
        """
        spend = np.asarray(spend, dtype=float)
        spenders = int((spend > 0).sum())
        if len(spend) < _FEWEST_CUSTOMERS or spenders < _FEWEST_SPENDERS:
            raise NotEnoughHistory(
                f"machine: {len(spend)} customers of whom {spenders} spent again; at least {_FEWEST_CUSTOMERS} and "
                f"{_FEWEST_SPENDERS} are needed."
            )
        step = -(-len(spend) // _MOST_CUSTOMERS)
        self.days_, self.customers_ = int(days), len(spend[::step])
        self.features_ = [
            field.name
            for field in rows.schema
            # A column in which nothing is known tells nothing, and trees find no border in it.
            if field.name not in _KEYS and _is_number(field.type) and rows[field.name].null_count < rows.num_rows
        ]
        self._scale = float(spend.mean())
        trees = HistGradientBoostingRegressor(
            loss="poisson",
            learning_rate=0.08,
            max_iter=80,
            max_leaf_nodes=8,
            min_samples_leaf=40,
            early_stopping=False,
            random_state=SEED,
        )
        with threadpool_limits(1, "openmp"):  # the same sums in the same order on every machine
            self._trees = trees.fit(self._matrix(rows)[::step], np.maximum(spend, 0.0)[::step] / self._scale)
        return self

    def expected_spend(self, rows: pa.Table, days: float) -> np.ndarray:
        """Money of each customer in the next `days`, shape (n,): that of `days_`, in proportion to the time."""
        if not rows.num_rows:
            return np.empty(0)
        return self._trees.predict(self._matrix(rows)) * self._scale * days / self.days_

    def as_dict(self) -> dict:
        import skops.io

        content = {"days": self.days_, "customers": self.customers_, "features": self.features_, "scale": self._scale}
        return content | {"trees": base64.b64encode(skops.io.dumps(self._trees)).decode()}

    @classmethod
    def from_dict(cls, content: dict) -> MachineModel:
        import skops.io

        model = cls()
        model.days_, model.customers_ = content["days"], content["customers"]
        model.features_, model._scale = content["features"], content["scale"]
        model._trees = skops.io.loads(base64.b64decode(content["trees"]), trusted=_TRUSTED)
        return model

    def _matrix(self, rows: pa.Table) -> np.ndarray:
        missing = [name for name in self.features_ if name not in rows.column_names]
        if missing:
            raise ValueError(f"the purchase summaries lack {', '.join(missing)}, which the model was trained on")
        columns = [pc.cast(rows[name], pa.float64()).to_numpy(zero_copy_only=False) for name in self.features_]
        return np.column_stack(columns)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
