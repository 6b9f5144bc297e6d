"""The policy of the cost to serve: kinds of cost, what shared ones are shared out by, and which spend counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.policies.shape import Choice, Items, Several

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "maintenance"
KINDS = ("people", "technology", "marketing", "campaigns", "logistics", "compensation", "other")
# Each is a weight of the mart maintenance_cost.
DRIVERS = ("active_customers", "orders", "contacts", "tickets", "touches", "revenue")
SHAPE: dict[str, object] = {
    "shared_by": Items({"kind": Choice(KINDS), "driver": Choice(DRIVERS)}),
    "spend_purposes": Several(("acquisition", "retention", "win_back", "brand", "other")),
}
TABLES = {
    "maintenance_kinds": "kind varchar, driver varchar",
    "maintenance_purposes": "purpose varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {
        "maintenance_kinds": [(one["kind"], one["driver"]) for one in policy["shared_by"]],
        "maintenance_purposes": [(purpose,) for purpose in policy["spend_purposes"]],
    }


def _every_kind_has_a_driver(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["shared_by"]
    given = {item.value["kind"].value for item in setting.located.value}
    for missing in (kind for kind in KINDS if kind not in given):
        yield setting.at(setting.located, "shared_by", f"{missing} is missing: what it is shared out by must be said.")


BETWEEN = (_every_kind_has_a_driver,)
