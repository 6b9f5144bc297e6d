"""Tables of the schema `scores` about actions: those of the ledger, those chosen for a date, and how budgets stand."""

from __future__ import annotations

from include.actions.decided import DECIDED

ACTION_TABLES = {
    "planned_actions": ", ".join(f"{name} {kind}" for name, kind in DECIDED.items())
    + ", state varchar, acknowledged_on date, is_out boolean",
    "chosen_actions": "customer_id varchar not null, as_of_date date not null, action varchar not null",
    "action_budget_states": "as_of_date date not null, budget varchar not null, used_before decimal(18, 4), "
    "used decimal(18, 4), price double",
    "action_allocations": "as_of_date date not null, candidates bigint, allocated_value decimal(18, 4), "
    "value_bound decimal(18, 4), gap double, steps integer",
}
