"""Policies that bring a module of their own: what their file may say, their tables, and what must hold between values.

Each module of this folder that has a `STEM` (the name of its file) is one. It has a `SHAPE` (as in shape.py), `TABLES`
(columns by table of the schema `policy`), `table_rows(policy)` (rows by table) and `BETWEEN` (checks that yield
faults). `ACROSS`, where a module has it, are checks of all policies by stem, made when each is sound by itself.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from include.policies import shape

_IN_THIS_FOLDER = (
    import_module(f"include.policies.{file.stem}") for file in sorted(Path(__file__).parent.glob("*_policy.py"))
)
MODULES = tuple(one for one in _IN_THIS_FOLDER if hasattr(one, "STEM"))
SHAPES = shape.SHAPES | {one.STEM: one.SHAPE for one in MODULES}
