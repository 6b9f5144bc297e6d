"""Policies that bring a module of their own: what their file may say, their tables, and what must hold between values.

A module has `STEM` (name of the file), `SHAPE` (as in shape.py), `TABLES` (columns by table of the schema `policy`),
`table_rows(policy)` (rows by table) and `BETWEEN` (checks that yield faults).
"""

from __future__ import annotations

from types import ModuleType

from include.policies import shape, tiers_policy, value_concentration_policy, value_index_policy, value_matrix_policy

MODULES: tuple[ModuleType, ...] = (
    tiers_policy,
    value_index_policy,
    value_matrix_policy,
    value_concentration_policy,
)
SHAPES = shape.SHAPES | {one.STEM: one.SHAPE for one in MODULES}
