"""What is kept of a decided action: the columns of the ledger and of `scores.planned_actions`, in their order."""

from __future__ import annotations

# Types are DuckDB's. What was decided by which facts, for whom, and by which versions; it never changes afterwards.
DECIDED = {
    "action_key": "varchar",
    "customer_id": "varchar",
    "as_of_date": "date",
    "action": "varchar",
    "action_en": "varchar",
    "action_zh": "varchar",
    "kind": "varchar",
    "channel": "varchar",
    "objective": "varchar",
    "at_stake": "varchar",
    "reason_en": "varchar",
    "reason_zh": "varchar",
    "tier": "varchar",
    "stage": "varchar",
    "risk_tier": "varchar",
    "churn_probability": "double",
    "effect": "double",
    "effect_source": "varchar",
    "value_at_stake": "decimal(18, 4)",
    "cost": "decimal(18, 4)",
    "expected_value": "decimal(18, 4)",
    "grants_points": "decimal(18, 4)",
    "grants_benefit": "varchar",
    "owner_kind": "varchar",
    "owner": "varchar",
    "due_on": "date",
    "closes_on": "date",
    "is_control": "boolean",
    "churn_model_version": "varchar",
    "value_model_version": "varchar",
    "policy_version": "varchar",
    "build_id": "varchar",
}
# How far it has come: waiting → sent → acknowledged, or refused; withheld is the control's and stays.
STATES = ("waiting", "sent", "acknowledged", "refused", "withheld")
