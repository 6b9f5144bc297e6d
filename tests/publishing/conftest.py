"""The tiny warehouse as a fixture."""

from __future__ import annotations

import pytest

from include.workspace import Workspace
from tests.expectations.tiny_warehouse import make_tiny_warehouse, tiny_workspace


@pytest.fixture
def workspace(tmp_path, home) -> Workspace:
    made = tiny_workspace(tmp_path)
    make_tiny_warehouse(made)
    return made
