"""What a page is narrowed to: one date, and customers by tier, region and channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import streamlit as st

from include.dashboard.published import Published
from include.dashboard.words import Words

_CHOICES = {
    "tier": ("customer_tiers", "tier", "tier_level"),
    "region": ("dim_customer", "region", "region"),
    "channel": ("dim_customer", "acquisition_channel", "acquisition_channel"),
}
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Chosen:
    """The date, the date before it that figures are compared with, and the values kept; an empty tuple keeps all."""

    as_of: date
    before: date | None = None
    tier: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, object]:
        """Values by the names that `people` and the pages' SQL use."""
        return {
            "as_of": self.as_of,
            "before": self.before,
            "tier": self.tier,
            "region": self.region,
            "channel": self.channel,
        }

    @property
    def narrows(self) -> bool:
        return bool(self.tier or self.region or self.channel)

    def people(self, dates: str = "= $as_of::date") -> str:
        """SQL of a relation of the customers kept, at each of `dates`.

        Its columns: customer_id, as_of_date, tier, tier_zh, tier_level.
        """
        kept = ["list_contains($tier, customer_tiers.tier)"] if self.tier else []
        joined = ""
        if self.region or self.channel:
            joined = "join dim_customer using (customer_id)"
            kept += [
                f"list_contains(${name}, coalesce(dim_customer.{column}, '{UNKNOWN}'))"
                for name, column in (("region", "region"), ("channel", "acquisition_channel"))
                if getattr(self, name)
            ]
        where = " and ".join([f"customer_tiers.as_of_date {dates}", *kept])
        return (
            "(select customer_id, customer_tiers.as_of_date, tier, tier_zh, tier_level "
            f"from customer_tiers {joined} where {where})"
        )

    def of(self, table: str, dates: str = "= $as_of::date") -> str:
        """SQL of the rows that a table with customer_id and as_of_date has of the customers kept, at each of `dates`.

        Where nothing is narrowed the table is read alone, whoever has no tier included: at a million customers
        looking each of them up first would be most of the work.
        """
        joined = f"semi join {self.people(dates)} as kept using (customer_id, as_of_date)" if self.narrows else ""
        return f"(select * from {table} {joined} where {table}.as_of_date {dates})"

    @property
    def keeps(self) -> str:
        """Condition on a table's customer_id; without a filter what belongs to nobody is kept too."""
        return f"customer_id in (select customer_id from {self.people()})" if self.narrows else "true"


def choose(published: Published, words: Words, carried: Iterable[str], dates_of: str | None) -> Chosen:
    """Draw the filters that a page's tables carry, and say what was chosen.

    `dates_of` is the table whose dates can be looked at; without one the page tells the version's own date.
    """
    carried = tuple(carried)
    as_of = published.as_of
    if dates_of or carried:
        st.subheader(words("filters"))
    dates = _dates(published, dates_of) if dates_of else []
    if len(dates) > 1:
        as_of = st.selectbox(
            words("filter.as_of"),
            dates,
            format_func=words.day,
            key="as_of",
            bind="query-params",
            persist_state="session",
        )
    before = next((day for day in dates if day < as_of), None)
    kept = {name: _kept(published, words, name) for name in carried if published.has(*_CHOICES[name])}
    return Chosen(as_of, before, **kept)


def _dates(published: Published, table: str) -> list[date]:
    if not published.has(table, "as_of_date"):
        return []
    return [row["as_of_date"] for row in published.rows(f"select distinct as_of_date from {table} order by 1 desc")]


def _kept(published: Published, words: Words, name: str) -> tuple[str, ...]:
    table, column, order = _CHOICES[name]
    if name == "tier" and published.has("tier_benefits", "tier", "tier_level"):
        table = "tier_benefits"  # a few rows, which name every tier of the policy
    found = published.rows(
        f"select coalesce({column}, '{UNKNOWN}') as choice from {table} group by 1 order by min({order}), 1"
    )
    names = _tier_names(published, table) if name == "tier" and words.language == "zh" else {}
    options = [row["choice"] for row in found]
    return tuple(
        st.multiselect(
            words(f"filter.{name}"),
            options,
            format_func=lambda option: names.get(option) or words.value(option),
            placeholder=words("filter.all"),
            key=name,
            bind="query-params",
            persist_state="session",
        )
    )


def _tier_names(published: Published, table: str) -> dict[str, str]:
    if not published.has(table, "tier_zh"):
        return {}
    return {row["tier"]: row["tier_zh"] for row in published.rows(f"select distinct tier, tier_zh from {table}")}
