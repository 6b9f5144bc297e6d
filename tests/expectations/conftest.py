"""The tiny warehouse as a fixture."""

from __future__ import annotations

import pytest

from include.workspace import Workspace
from tests.expectations.tiny_warehouse import take_tiny_warehouse, tiny_workspace


@pytest.fixture
def workspace(tmp_path, home, made_once) -> Workspace:
    made = tiny_workspace(tmp_path)
    take_tiny_warehouse(made, made_once)
    return made
