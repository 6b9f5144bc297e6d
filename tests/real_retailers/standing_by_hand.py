"""Tiers and lifecycle stages of every customer and date, from metrics by hand and the words of the shipped policies."""

from __future__ import annotations

import operator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

import include.policies

NAMES = {1: "diamond", 2: "gold", 3: "silver", 4: "bronze"}
SIGNS = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
}


def policy(stem: str) -> dict:
    """A shipped policy as it is written."""
    return yaml.safe_load((Path(include.policies.__file__).parent / f"{stem}.yml").read_text(encoding="utf-8"))


def holds(rows: pd.DataFrame, when: str) -> pd.Series:
    """Whether all conditions hold; one on an unknown value does not."""
    found = pd.Series(True, index=rows.index)
    for condition in when.split(" and "):
        subject, sign, value = condition.split(maxsplit=2)
        if sign == "is":
            found &= rows[subject].isin(value.split(" or "))
        else:
            values = rows[subject].astype(float)
            found &= values.notna() & SIGNS[sign](values, float(value))
    return found


def tiers(buyers: pd.DataFrame) -> pd.DataFrame:
    """Level and rule of every buyer and date: rank, three month-ends of grace, the black card, carried in a month."""
    rows = buyers[["customer", "as_of_date", "net_revenue_12m"]].copy()
    by = rows.groupby("as_of_date")["net_revenue_12m"]
    rank, count, positive = by.rank(method="min", ascending=False), by.transform("count"), rows["net_revenue_12m"] > 0
    rows["earned"] = 4
    for share, level in ((0.50, 3), (0.20, 2), (0.05, 1)):
        rows["earned"] = rows["earned"].mask((rank <= share * count + 1e-9) & positive, level)
    rows["is_month_end"] = rows["as_of_date"].dt.is_month_end
    ends = rows[rows["is_month_end"]].pivot(index="customer", columns="as_of_date", values="earned").sort_index(axis=1)
    best = ends.T.rolling(3, min_periods=1).min().T.where(ends.notna()).stack().rename("held").reset_index()
    rows = rows.merge(best, on=["customer", "as_of_date"], how="left")
    rows["rule"] = np.select([~positive, rows["held"] < rows["earned"]], ["not_positive", "grace"], "top_share")
    rows["rule"] = rows["rule"].mask(rows["held"] < rows["earned"], "grace")
    black = rows["is_month_end"] & (rows["net_revenue_12m"] >= 100_000)
    rows["held"], rows["rule"] = rows["held"].mask(black, 1), rows["rule"].mask(black, "override:black_card")
    rows = rows.sort_values(["customer", "as_of_date"]).reset_index(drop=True)
    carried = rows.groupby("customer")["held"].shift()
    inside = ~rows["is_month_end"]
    rows["rule"] = rows["rule"].mask(inside & carried.notna(), "carried")
    rows["held"] = rows["held"].mask(inside, carried.fillna(rows["earned"])).astype(int)
    return rows.assign(tier=rows["held"].map(NAMES), qualified=rows["earned"].map(NAMES))


def stages(known: pd.DataFrame) -> pd.DataFrame:
    """Stage, rule and spell of every known customer and date; `known` are metrics of all dates."""
    rows = known.sort_values(["customer", "as_of_date"]).reset_index(drop=True)
    rules = policy("lifecycle")["rules"]
    rows["months_since_return"] = np.nan
    plain = _first(rows, [rule for rule in rules if "months_since_return" not in rule.get("when", "")])
    by = rows["customer"]
    was_lost = (plain["stage"] == "lost").groupby(by).shift().fillna(False).astype(bool)
    since = rows.groupby("customer")["as_of_date"].shift()
    back = was_lost & (plain["stage"] != "lost") & (rows["last_purchase_on"] > since)
    returned = rows["as_of_date"].where(back).groupby(by).ffill()
    month = rows["as_of_date"].dt.year * 12 + rows["as_of_date"].dt.month
    rows["months_since_return"] = month - (returned.dt.year * 12 + returned.dt.month)
    decided = _first(rows, rules)
    rows["stage"], rows["rule"] = decided["stage"], decided["rule"]
    former = rows.groupby("customer")["stage"].shift()
    begins = former.isna() | (former != rows["stage"])
    rows["since"] = rows["as_of_date"].where(begins).groupby(by).ffill()
    rows["previous_stage"] = former.where(begins).groupby(by).ffill()
    return rows


def _first(rows: pd.DataFrame, rules: list[dict]) -> pd.DataFrame:
    true = pd.Series(True, index=rows.index)
    judged = [holds(rows, rule["when"]) if "when" in rule else true for rule in rules]
    return pd.DataFrame(
        {name: np.select(judged, [rule[name] for rule in rules], default="") for name in ("stage", "rule")},
        index=rows.index,
    )
