"""Likelihoods and predictions far out in the tails equal figures computed with 50 digits.

exact_*.csv were computed with mpmath: the closed forms of the papers (two hypergeometric functions in Pareto/NBD, one
in the expectations), and for nine rows of Pareto/NBD where those need more than 4,000 bits, Euler's integral.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.clv import BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel

FIGURES = pd.concat(
    pd.read_csv(Path(__file__).with_name(f"exact_{name}.csv")).rename(columns={"s": "a", "beta": "b"})
    for name in ("beta_geo", "pareto_nbd")
)
MODELS = {"bgnbd": BetaGeoModel, "mbgnbd": ModifiedBetaGeoModel, "pnbd": ParetoNBDModel}


def cases(name):
    """Model at each set of parameters, with its histories."""
    for parameters, rows in FIGURES[FIGURES.model == name].groupby(["r", "alpha", "a", "b"]):
        model = MODELS[name]()
        model.params_ = dict(zip(model._names, parameters, strict=True))
        yield np.array(parameters), model, rows


@pytest.mark.parametrize("name", MODELS)
def test_likelihood_of_any_history(name):
    for parameters, model, rows in cases(name):
        for row in rows.itertuples():
            history = (np.array([float(value)]) for value in (row.x, row.t_x, row.T, 1))
            value, gradient, hessian = model._likelihood(*history)(parameters)
            assert value == pytest.approx(row.log_likelihood, rel=1e-12, abs=1e-12), row
            assert np.isfinite(gradient).all()
            assert np.isfinite(hessian).all()


@pytest.mark.parametrize("name", MODELS)
def test_predictions_of_any_customer(name):
    for _, model, rows in cases(name):
        history = (rows.x, rows.t_x, rows["T"])
        purchases, alive = model.expected_purchases(52, *history), model.probability_alive(*history)
        # Below the smallest normal number a double has fewer digits.
        np.testing.assert_allclose(purchases, rows.expected_purchases_52, rtol=1e-10, atol=1e-300)
        np.testing.assert_allclose(alive, rows.probability_alive, rtol=1e-10, atol=1e-300)
