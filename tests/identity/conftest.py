"""Companies in folders of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.identity.company import Company, make_company


@pytest.fixture
def company(tmp_path: Path, home: Path) -> Callable[..., Company]:
    """Makes a company of a name, a declaration and files by stem."""
    return partial(make_company, tmp_path)
