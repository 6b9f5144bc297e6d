"""The policy of value drivers: how the eleven are called, and the few settings that their money depends on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.policies.shape import Choice, Items, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "value_drivers"
GROUPS = ("buying", "costs", "contracts", "movement")
# Each is computed by a model of its own, so none can be added or left out by a policy; names and order can change.
DRIVERS = (
    "purchase_intention",
    "acquisition_cost",
    "recurring_revenue",
    "service_cost",
    "cross_sell",
    "discounts",
    "renewal",
    "migration",
    "bad_debt",
    "leaving",
    "win_back",
)
_LEVERS = ("base", "rate", "worth")

SHAPE: dict[str, object] = {
    "lapse_after_days": Number(1, 3650, whole=True),
    "write_off_after_days": Number(0, 3650, whole=True),
    "cross_sell_of": Choice(("category", "department", "brand", "product")),
    "drivers": Items(
        {"name": Choice(DRIVERS), "zh": Words(), "group": Choice(GROUPS)}
        | {key: Words() for lever in _LEVERS for key in (lever, f"{lever}_zh")},
        frozenset({"zh", *(f"{lever}_zh" for lever in _LEVERS)}),
    ),
}

TABLES = {
    "value_driver_settings": "lapse_after_days integer, write_off_after_days integer, cross_sell_of varchar",
    "value_drivers": "position integer, driver varchar, driver_zh varchar, driver_group varchar",
    "value_driver_levers": "driver varchar, lever varchar, lever_name varchar, lever_name_zh varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    return {
        "value_driver_settings": [tuple(policy[key] for key in SHAPE if key != "drivers")],
        "value_drivers": [
            (position, driver["name"], driver.get("zh"), driver["group"])
            for position, driver in enumerate(policy["drivers"], 1)
        ],
        "value_driver_levers": [
            (driver["name"], lever, driver[lever], driver.get(f"{lever}_zh"))
            for driver in policy["drivers"]
            for lever in _LEVERS
        ],
    }


def _every_driver_has_a_name(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["drivers"]
    given = {item.value["name"].value for item in setting.located.value}
    missing = [driver for driver in DRIVERS if driver not in given]
    if missing:
        yield setting.at(setting.located, "drivers", f"{', '.join(missing)} missing; all eleven are computed.")


BETWEEN = (_every_driver_has_a_name,)
