"""Changing the tiers policy moves exactly the customers it should; tiers and conversion are counted again in pandas."""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.cli.main import main
from include.pipeline import steps
from include.policies.reader import PolicyError
from include.workspace import SHIPPED_SOURCES, Workspace
from tests.dbt_project import shop

KEY = ["customer_id", "as_of_date"]
SHARES = {"diamond": 0.05, "gold": 0.20, "silver": 0.50}
GRACE = 3
DYNAMICS = "int_tier__changes tier_migration tier_history tier_conversion"
MODELS = f"int_tier__qualified int_tier__overrides int_tier__holds customer_tiers {DYNAMICS}"


def policy(shares=SHARES, more="overrides: []\n") -> str:
    tiers = "".join(f"  - {{name: {name}, top_share: {share}}}\n" for name, share in shares.items())
    return f"tiers:\n{tiers}  - {{name: bronze}}\n{more}"


@pytest.fixture(scope="module")
def tiers_of(world, tmp_path_factory):
    """Tiers, conversion and history of the made-up shop under the text of a tiers policy."""
    folder = tmp_path_factory.mktemp("policies")
    orders, lines = shop.orders_and_lines()
    made = world(folder)
    made.load("orders", orders)
    made.load("order_items", lines)
    made.build(shop.LAST_DAY, f"+customer_tiers {DYNAMICS}", data_tests=False)

    def build(text: str) -> dict[str, pd.DataFrame]:
        (folder / "tiers.yml").write_text(text, encoding="utf-8")
        made.build(shop.LAST_DAY, MODELS)
        return {
            "tiers": made.read("select * from marts.customer_tiers order by customer_id, as_of_date"),
            "conversion": made.read("select * from marts.tier_conversion order by as_of_date, tier_level"),
            "history": made.read("select * from marts.tier_history"),
            "xref": made.read("select * from core.customer_xref"),
            "index": made.read("select * from marts.value_index order by customer_id, as_of_date"),
            "metrics": made.read(
                "select customer_id, as_of_date, is_month_end, net_revenue_12m::double as net_revenue_12m, orders_1m "
                "from core.customer_metrics where orders_lifetime > 0 order by customer_id, as_of_date"
            ),
        }

    return build


@pytest.fixture(scope="module")
def shipped(tiers_of):
    return tiers_of(policy())


def expected_levels(metrics: pd.DataFrame, shares: dict[str, float]) -> pd.Series:
    """Level by rank at each date, best of the last three month-ends; the date inside a month keeps the last one's."""
    by_date = metrics.groupby("as_of_date")["net_revenue_12m"]
    rank, size = by_date.rank(method="min", ascending=False), by_date.transform("count")
    earned = pd.Series(len(shares) + 1, index=metrics.index)
    for level, share in reversed(list(enumerate(shares.values(), 1))):
        earned[(rank <= share * size + 1e-9) & (metrics["net_revenue_12m"] > 0)] = level
    at_end = earned.where(metrics["is_month_end"])
    held = at_end.groupby(metrics["customer_id"]).transform(lambda own: own.rolling(GRACE, min_periods=1).min())
    carried = held.where(metrics["is_month_end"]).groupby(metrics["customer_id"]).shift()
    return held.where(metrics["is_month_end"], carried.fillna(earned)).astype(int)


def test_one_threshold_moves_exactly_those_it_should(tiers_of, shipped):
    wider = {**SHARES, "gold": 0.30}
    changed = tiers_of(policy(wider))
    metrics = shipped["metrics"]
    before, after = expected_levels(metrics, SHARES), expected_levels(metrics, wider)
    assert (shipped["tiers"]["tier_level"] == before).all()
    assert (changed["tiers"]["tier_level"] == after).all()
    moved = shipped["tiers"]["tier"] != changed["tiers"]["tier"]
    assert (moved == (before != after)).all() and 0 < moved.sum() < len(moved) / 2
    assert set(shipped["tiers"].loc[moved, "tier"]) == {"silver"}
    assert set(changed["tiers"].loc[moved, "tier"]) == {"gold"}
    assert shipped["tiers"]["policy_version"].nunique() == 1
    assert set(shipped["tiers"]["policy_version"]).isdisjoint(changed["tiers"]["policy_version"])


def test_a_hold_moves_one_customer_on_its_days_alone(tiers_of, shipped):
    start, end = pd.Timestamp("2023-10-15"), pd.Timestamp("2024-01-31")
    hold = "{source: web, key: k1, tier: diamond, from: 2023-10-15, to: 2024-01-31, reason: a promise}"
    changed = tiers_of(policy(more=f"overrides: []\nholds:\n  - {hold}\n"))["tiers"]
    (who,) = shipped["xref"].query("source == 'web' and customer_key == 'k1'")["customer_id"]
    held = (changed["customer_id"] == who) & changed["as_of_date"].between(start, end)
    assert held.sum() == 4
    assert (changed.loc[held, ["tier", "rule"]] == ["diamond", "hold"]).all(axis=None)
    told = json.loads(changed.loc[held, "rule_inputs"].iloc[0])
    assert told == {"from": "2023-10-15", "to": "2024-01-31", "reason": "a promise"}
    same = ["tier", "rule", "qualified_tier", "earned_on"]
    pd.testing.assert_frame_equal(changed.loc[~held, same], shipped["tiers"].loc[~held, same])


def test_an_override_tells_the_values_it_decided_by(tiers_of, shipped):
    rule = '{rule: black_card, tier: diamond, when: "net_revenue_12m >= 1500 and orders_1m > 0"}'
    changed = tiers_of(policy(more=f"overrides:\n  - {rule}\n"))["tiers"]
    metrics = shipped["metrics"]
    fires = metrics["is_month_end"] & (metrics["net_revenue_12m"] >= 1500) & (metrics["orders_1m"] > 0)
    assert ((changed["rule"] == "override:black_card") == fires).all() and fires.sum() > 3
    told = pd.DataFrame(changed.loc[fires, "rule_inputs"].map(json.loads).tolist(), index=metrics.index[fires])
    np.testing.assert_allclose(told, metrics.loc[fires, ["net_revenue_12m", "orders_1m"]])
    assert changed.loc[fires, "earned_on"].isna().all()


def test_tiers_may_rank_by_the_value_index(tiers_of):
    found = tiers_of(policy(more="overrides: []\nmetric: value_index\n"))
    tiers, index = found["tiers"], found["index"]
    assert (tiers["metric"] == "value_index").all() and (tiers["metric_rank"] == index["value_rank"]).all()
    assert (tiers["ranked_customers"] == tiers.groupby("as_of_date")["tier"].transform("count")).all()
    assert (tiers["qualified_tier"] == "diamond").sum() == (
        tiers["metric_rank"] <= 0.05 * tiers["ranked_customers"]
    ).sum()


def test_conversion_counts_moves_and_days(shipped):
    """Month by month from the tiers, in loops."""
    tiers = shipped["tiers"].query("is_month_end")
    dates = sorted(tiers["as_of_date"].unique())
    upgrades, rates = [], {}
    for _, own in tiers.groupby("customer_id"):
        since, rows = None, own.to_dict("records")
        for row, before in zip(rows[1:], rows[:-1], strict=True):
            # The tier held before began with the row at which it last changed; unknown when that is the first date.
            since = before["as_of_date"] if since is None else since
            if row["tier_level"] < before["tier_level"]:
                days = (row["as_of_date"] - since).days if since > dates[0] else None
                upgrades.append({"tier": before["tier"], "on": row["as_of_date"], "days": days})
            if row["tier"] != before["tier"]:
                since = row["as_of_date"]
    told = pd.DataFrame(upgrades)
    level = tiers.set_index(KEY)["tier_level"]
    for row in shipped["conversion"].to_dict("records"):
        day, tier = row["as_of_date"], row["tier"]
        previous = dates[dates.index(day) - 1] if day != dates[0] else None
        before = set(tiers.loc[(tiers["as_of_date"] == previous) & (tiers["tier"] == tier), "customer_id"])
        now = [level[who, day] for who in before]
        assert row["customers_before"] == len(before)
        assert row["customers"] == ((tiers["as_of_date"] == day) & (tiers["tier"] == tier)).sum()
        ups, downs = (sum(sign * (held - row["tier_level"]) > 0 for held in now) for sign in (-1, 1))
        assert (row["upgraded"], row["downgraded"]) == (ups, downs)
        rates.setdefault(tier, []).append(ups / len(before) if before else math.nan)
        last = pd.Series(rates[tier][-12:]).dropna()
        if before:
            assert row["upgrade_rate"] == pytest.approx(ups / len(before), abs=1e-6)
            assert row["customers_growth"] == pytest.approx(row["customers"] / len(before) - 1, abs=1e-6)
            assert row["upgrade_rate_mean_12m"] == pytest.approx(last.mean(), abs=2e-6)
        if len(last) > 1:
            assert row["upgrade_rate_deviation_12m"] == pytest.approx(last.std(), abs=2e-6)
        year = told[(told["tier"] == tier) & (told["on"] > day - pd.offsets.MonthEnd(12)) & (told["on"] <= day)]
        times = year["days"].dropna()
        assert row["timed_upgrades_12m"] == len(times)
        if len(times):
            assert row["median_days_to_upgrade_12m"] == pytest.approx(times.median())
            assert row["mean_days_to_upgrade_12m"] == pytest.approx(times.mean(), abs=1e-6)
    assert len(told) > 30 and told["days"].notna().sum() > 10


BROKEN = {
    "tiers": ("grace_periods: 99\n", "tiers.yml:1: grace_periods: must be a whole number from 1 to 24"),
    "value_index": (
        "judgements:\n  - {more: current, less: potential, by: 9}\n"
        "  - {more: potential, less: relationship, by: 9}\n  - {more: relationship, less: current, by: 9}\n",
        "value_index.yml:2: judgements: the judgements contradict each other",
    ),
}


@pytest.mark.parametrize("stem", BROKEN)
def test_a_broken_policy_is_refused_before_anything_runs(tmp_path: Path, home: Path, capsys, stem):
    """The command says so and starts nothing; no step makes so much as a warehouse."""
    text, message = BROKEN[stem]
    (tmp_path / "shop" / "policies").mkdir(parents=True)
    (tmp_path / "shop" / "policies" / f"{stem}.yml").write_text(text, encoding="utf-8")
    declarations = tmp_path / "shop" / "sources"
    declarations.mkdir()
    shutil.copy(SHIPPED_SOURCES / "cdnow.yml", declarations)
    assert main(["run", "--workspace", str(tmp_path / "shop")]) == 2
    told = capsys.readouterr().err
    assert message in told and "nothing was run" in told
    workspace = Workspace("shop", (), policies=tmp_path / "shop" / "policies")
    for step in (
        lambda: steps.load(workspace, "batch-1"),
        lambda: steps.build(workspace, shop.LAST_DAY, "core"),
        lambda: steps.build(workspace, shop.LAST_DAY, "marts"),
        lambda: steps.publish(workspace, shop.LAST_DAY),
    ):
        with pytest.raises(PolicyError, match=re.escape(message)):
            step()
    assert not workspace.warehouse.exists()
