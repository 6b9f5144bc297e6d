"""Shops whose customers leave by known laws."""

from __future__ import annotations

import pytest

from tests.ml.churn.simulated_shop import simulated_features


@pytest.fixture(scope="session")
def shop():
    """Two and a half years of month-ends, 500 customers; about one in six churns within 90 days."""
    return simulated_features(customers=500, months=30, seed=1)
