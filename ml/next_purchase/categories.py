"""The probability that a customer buys from a category in the next days."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_limits

from ml.errors import NotEnoughHistory
from ml.evaluation.probabilities import probability_metrics

FEATURES = (
    "category_days",
    "category_recency_days",
    "own_gap_days",
    "expected_gap_days",
    "category_share",
    "days_bought",
    "recency_days",
    "tenure_days",
)
# The more often and the later bought, the likelier: what is said of the other columns may go either way.
_SENSE = [1, -1, 0, 0, 0, 0, -1, 0, 1, 0, 0, -1]
_FEWEST = 50


def learn_probabilities(pairs: pa.Table, most_rows: int) -> Pipeline:
    """A model of `has_bought_after`, learnt from pairs of customer and category of one date.

    Parameters
    ----------
    pairs : table of `FEATURES` (days, counts and shares; null where unknown) and has_bought_after
    most_rows : more than these are thinned out evenly

    Raises
    ------
    NotEnoughHistory: fewer than 50 pairs were bought, or fewer were not.
    """
    pairs = pairs.take(pa.array(np.arange(0, pairs.num_rows, max(-(-pairs.num_rows // most_rows), 1))))
    outcome = pairs["has_bought_after"].to_numpy(zero_copy_only=False).astype(bool)
    if min(outcome.sum(), (~outcome).sum()) < _FEWEST:
        raise NotEnoughHistory(
            f"of {len(outcome)} pairs of customer and category {outcome.sum()} were bought; {_FEWEST} must be, or not"
        )
    model = HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=120, max_leaf_nodes=8, min_samples_leaf=100, l2_regularization=1.0, random_state=0,
        early_stopping=False, monotonic_cst=_SENSE,
    )  # fmt: skip
    told = _matrix(pairs)
    told[:, np.isnan(told).all(axis=0)] = 0  # of what is known of nobody trees find no border
    with threadpool_limits(1):
        return make_pipeline(FunctionTransformer(beside_each_other), model).fit(told, outcome)


def probabilities(model: Pipeline, pairs: pa.Table) -> np.ndarray:
    """Probability of each pair, rounded to nine places, shape (n,)."""
    if not pairs.num_rows:
        return np.zeros(0)
    with threadpool_limits(1):
        return model.predict_proba(_matrix(pairs))[:, 1].round(9)


def own_rhythm(pairs: pa.Table, days: int) -> np.ndarray:
    """The rule beside the model: a purchase within the days when the category comes at its expected gap at random."""
    matrix = {name: pairs[name].to_numpy(zero_copy_only=False).astype(float) for name in FEATURES}
    rate = matrix["category_days"] / np.maximum(
        matrix["tenure_days"], np.nan_to_num(matrix["expected_gap_days"], nan=1.0)
    )
    return 1 - np.exp(-days * np.nan_to_num(rate))


def judge_probabilities(pairs: pa.Table, probability: np.ndarray, days: int) -> dict[str, float]:
    """Figures of probabilities by what followed, beside the rule's; and how often the likeliest category came next.

    Returns
    -------
    the figures of `probability_metrics`; rule_auc and rule_log_loss; category_hit_rate, share of customers who came
    back whose next purchase held the category that was likeliest for them; favourite_hit_rate, the same of the
    category that they had bought from most often; returned (count).
    """
    outcome = pairs["has_bought_after"].to_numpy(zero_copy_only=False).astype(bool)
    figures = probability_metrics(outcome, probability)
    rule = probability_metrics(outcome, np.clip(own_rhythm(pairs, days), 1e-6, 1 - 1e-6))
    figures |= {"rule_auc": rule["auc"], "rule_log_loss": rule["log_loss"]}
    came = pc.is_valid(pairs["next_purchase_on"]).to_numpy(zero_copy_only=False)
    back = pairs.filter(pa.array(came))
    figures["returned"] = float(len(pc.unique(back["customer_id"])))
    if back.num_rows:
        figures["category_hit_rate"] = _hit_rate(back, probability[came])
        figures["favourite_hit_rate"] = _hit_rate(back, back["category_days"].to_numpy().astype(float))
    return figures


def _hit_rate(pairs: pa.Table, score: np.ndarray) -> float:
    """Share of customers of whom the pair with the highest score came next."""
    return float(pairs["is_next"].to_numpy(zero_copy_only=False)[likeliest(pairs, score)].mean())


def likeliest(pairs: pa.Table, score: np.ndarray) -> np.ndarray:
    """Row of each customer's highest score, in the order of customers; of equal ones the category bought last."""
    customers = pc.rank(pairs["customer_id"], tiebreaker="dense").to_numpy()
    names = pc.rank(pairs["category"], tiebreaker="dense").to_numpy()
    recency = np.nan_to_num(pairs["category_recency_days"].to_numpy(zero_copy_only=False).astype(float), nan=np.inf)
    order = np.lexsort((names, recency, -score, customers))
    return order[np.concatenate([[True], np.diff(customers[order].astype(np.int64)) != 0])] if len(order) else order


def beside_each_other(told: np.ndarray) -> np.ndarray:
    """`FEATURES` as columns, and after them what they say together: share of purchase days, pace, silence against the
    rhythm; shape (n, 12)."""
    told = np.asarray(told, dtype=float)
    of = dict(zip(FEATURES, told.T, strict=True))
    share = (of["category_days"] + of["category_share"]) / (of["days_bought"] + 1)
    pace = of["days_bought"] / (of["tenure_days"] + 30)
    silence = of["category_recency_days"] / np.maximum(of["expected_gap_days"], 1)
    return np.column_stack([told, share, pace, of["recency_days"] * pace, silence])


def _matrix(pairs: pa.Table) -> np.ndarray:
    """`FEATURES` as float64 of shape (n, 8), nan where unknown."""
    return np.column_stack([pairs[name].cast(pa.float64()).to_numpy(zero_copy_only=False) for name in FEATURES])
