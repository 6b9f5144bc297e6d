"""The policy of exchange rates: the workspace's currency, and what a unit of another is worth, from which day on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from include.policies.shape import Currency, Day, Items, Number

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "exchange_rates"
NOT_NAMED = "XXX"  # ISO 4217 for no currency
SHAPE: dict[str, object] = {
    "workspace_currency": Currency(),
    "rates": Items(
        {"currency": Currency(), "from": Day(), "rate": Number(0.000001, 10_000_000)},
        may_be_empty=True,
        may_repeat=True,
    ),
}
TABLES = {
    "exchange_settings": "workspace_currency varchar",
    "exchange_rates": "currency varchar, starts_on date, rate decimal(18, 10)",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; the currency is null when it is not named."""
    named = policy["workspace_currency"]
    return {
        "exchange_settings": [(None if named == NOT_NAMED else named,)],
        "exchange_rates": [(one["currency"], str(one["from"]), Decimal(repr(one["rate"]))) for one in policy["rates"]],
    }


def _rates_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    setting, named = settings["rates"], settings["workspace_currency"].located.value
    told: set[tuple[str, str]] = set()
    for item in setting.located.value:
        currency, day = item.value["currency"].value, str(item.value["from"].value)
        rule = f"rule {currency}"
        if named == NOT_NAMED:
            yield setting.at(item, rule, "name the workspace_currency that a unit is worth so much of.")
            return
        if currency in (named, NOT_NAMED):
            what = "the workspace's own currency" if currency == named else "no currency"
            yield setting.at(item.value["currency"], rule, f"{currency} is {what}, which has no rate.")
        if (currency, day) in told:
            yield setting.at(item, rule, f"two rates from {day}.")
        told.add((currency, day))


BETWEEN = (_rates_are_sound,)
