"""Short trainings of churn, for tests that ask nothing of which recipe wins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ml.churn.recipes import RECIPES


@contextmanager
def two_recipes() -> Iterator[None]:
    """A line and a tree are left to compete."""
    with pytest.MonkeyPatch.context() as patch:
        for name in set(RECIPES) - {"logistic_firm", "boosting_slow"}:
            patch.delitem(RECIPES, name)
        yield
