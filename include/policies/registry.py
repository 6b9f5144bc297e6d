"""Policies that bring a module of their own: what their file may say, their tables, and what must hold between values.

A module has `STEM` (name of the file), `SHAPE` (as in shape.py), `TABLES` (columns by table of the schema `policy`),
`table_rows(policy)` (rows by table) and `BETWEEN` (checks that yield faults). `ACROSS`, where a module has it, are
checks of all policies by stem, made when each is sound by itself.
"""

from __future__ import annotations

from types import ModuleType

from include.policies import (
    accounts_policy,
    acquisition_policy,
    actions_policy,
    activity_policy,
    alerts_policy,
    baskets_policy,
    benefits_policy,
    churn_policy,
    credit_policy,
    elasticity_policy,
    fraud_policy,
    growth_policy,
    lifecycle_policy,
    long_tail_policy,
    loyalty_policy,
    models_policy,
    next_purchase_policy,
    preferences_policy,
    recommendations_policy,
    retention_policy,
    segments_policy,
    shape,
    tags_policy,
    tiers_policy,
    value_concentration_policy,
    value_drivers_policy,
    value_index_policy,
    value_matrix_policy,
    win_back_policy,
)

MODULES: tuple[ModuleType, ...] = (
    accounts_policy,
    acquisition_policy,
    actions_policy,
    activity_policy,
    alerts_policy,
    baskets_policy,
    benefits_policy,
    churn_policy,
    credit_policy,
    elasticity_policy,
    fraud_policy,
    growth_policy,
    lifecycle_policy,
    long_tail_policy,
    loyalty_policy,
    models_policy,
    next_purchase_policy,
    preferences_policy,
    recommendations_policy,
    retention_policy,
    segments_policy,
    tags_policy,
    tiers_policy,
    value_concentration_policy,
    value_drivers_policy,
    value_index_policy,
    value_matrix_policy,
    win_back_policy,
)
SHAPES = shape.SHAPES | {one.STEM: one.SHAPE for one in MODULES}
