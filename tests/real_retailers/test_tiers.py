"""Tiers, their movement, benefits, milestones and the long tail of two real retailers, by the shipped policies."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tests.real_retailers.books import TEN_THOUSANDTHS
from tests.real_retailers.standing_by_hand import NAMES, holds, policy

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]

KEY = ["customer", "as_of_date"]


def test_tier_of_every_buyer_at_every_date(retailer):
    found = retailer.mart("customer_tiers")
    both = found.merge(retailer.tiers, on=KEY, how="outer", suffixes=("", "_by_hand"), validate="1:1")
    assert len(both) == len(found) == len(retailer.tiers)
    for theirs, ours in {"tier": "tier_by_hand", "qualified_tier": "qualified", "rule": "rule_by_hand"}.items():
        wrong = both[both[theirs] != both[ours]]
        assert wrong.empty, (theirs, wrong[[*KEY, theirs, ours]].head())
    assert both["metric_value"].to_numpy() == pytest.approx(both["net_revenue_12m"].to_numpy(), abs=1e-6)
    told = set(both["rule"])
    if retailer.name == "online_retail":
        assert told == {"top_share", "grace", "not_positive", "override:black_card", "carried"}
    else:
        assert {"top_share", "grace"} <= told and "override:black_card" not in told


def test_history_is_the_spells_of_those_tiers(retailer):
    rows = retailer.tiers
    former = rows.groupby("customer")["tier"].shift()
    begins = rows[former != rows["tier"]].assign(former=former.fillna(""))
    found = retailer.mart("tier_history").sort_values(["customer", "valid_from"])
    ours = begins.sort_values(KEY)
    assert list(zip(found["customer"], found["valid_from"], found["tier"], strict=True)) == list(
        zip(ours["customer"], ours["as_of_date"], ours["tier"], strict=True)
    )
    assert list(found["previous_tier"].fillna("")) == list(ours["former"])


def test_migration_counts_every_move(retailer):
    ends = retailer.tiers[retailer.tiers["is_month_end"]].copy()
    ends["former"] = ends.groupby("customer")["tier"].shift().fillna("new")
    counts = ends.groupby(["as_of_date", "former", "tier"]).size()
    found = retailer.read("select * from tier_migration").set_index(["as_of_date", "from_tier", "to_tier"])
    assert found["customers"].to_dict() == counts.to_dict()
    shares = counts / counts.groupby(level=[0, 1]).transform("sum")
    assert found["share_of_from_tier"].to_dict() == pytest.approx(shares.to_dict(), abs=1e-6)


def upgrades(ends: pd.DataFrame, first: pd.Timestamp) -> pd.DataFrame:
    """Moves up with the days that the tier had been held; unknown when it was held at the first month-end."""
    rows = ends.copy()
    former = rows.groupby("customer")["held"].shift()
    since = rows["as_of_date"].where(former != rows["held"]).groupby(rows["customer"]).ffill()
    rows["former"], rows["since"] = former, since.groupby(rows["customer"]).shift()
    up = rows[rows["held"] < rows["former"]]
    days = (up["as_of_date"] - up["since"]).dt.days.where(up["since"] > first)
    return pd.DataFrame({"tier": up["former"].map(NAMES), "on": up["as_of_date"], "days": days})


def test_conversion_rates_and_time_to_upgrade(retailer):
    days = retailer.books.month_ends
    ends = retailer.tiers[retailer.tiers["is_month_end"]]
    level = ends.pivot(index="customer", columns="as_of_date", values="held")
    told, rates = upgrades(ends, days[0]), {}
    found = retailer.read("select * from tier_conversion order by as_of_date")
    assert len(found) == len(days) * len(NAMES)
    for row in found.itertuples():
        day = row.as_of_date
        previous = days[days.index(day) - 1] if day != days[0] else None
        now = level.loc[level[previous] == row.tier_level, day] if previous is not None else level.iloc[:0][day]
        up, down = (now < row.tier_level).sum(), (now > row.tier_level).sum()
        assert (row.customers, row.customers_before) == ((level[day] == row.tier_level).sum(), len(now))
        assert (row.upgraded, row.downgraded, row.stayed) == (up, down, len(now) - up - down)
        rate = up / len(now) if len(now) else math.nan
        before = rates.get(row.tier, [math.nan])[-1]
        rates.setdefault(row.tier, []).append(rate)
        recent = pd.Series(rates[row.tier][-12:]).dropna()
        year = told[(told["tier"] == row.tier) & (told["on"] > day - pd.offsets.MonthEnd(12)) & (told["on"] <= day)]
        times = year["days"].dropna()
        expected = {
            "customers_growth": row.customers / len(now) - 1 if len(now) else math.nan,
            "upgrade_rate": rate,
            "downgrade_rate": down / len(now) if len(now) else math.nan,
            "stay_rate": (len(now) - up - down) / len(now) if len(now) else math.nan,
            "upgrade_rate_change": rate - before,
            "upgrade_rate_mean_12m": recent.mean(),
            "upgrade_rate_deviation_12m": recent.std(),
            "median_days_to_upgrade_12m": times.median(),
            "mean_days_to_upgrade_12m": times.mean(),
        }
        for name, value in expected.items():
            assert getattr(row, name) == pytest.approx(value, abs=3e-6, nan_ok=True), (day, row.tier, name)
        assert row.timed_upgrades_12m == len(times)
    assert told["days"].notna().sum() > 100


def test_benefits_count_who_holds_the_tier_today(retailer):
    held = retailer.tiers[retailer.tiers["as_of_date"] == retailer.last]["tier"].value_counts().to_dict()
    benefits = retailer.read("select * from tier_benefits")
    assert set(benefits["tier"]) == set(NAMES.values())
    for row in benefits.itertuples():
        assert row.customers == (held.get(row.tier, 0) if row.is_given else 0)
    points = retailer.read("select * from tier_benefits where benefit = 'points_multiplier'")
    assert dict(zip(points["tier"], points["value_number"], strict=True)) == {
        told["tier"]: told["points_multiplier"] for told in policy("benefits")["tiers"]
    }


def test_growth_points_and_no_ledger(retailer):
    """Nobody books points here, so the ledger is unknown; growth points follow from metrics alone."""
    found = retailer.mart("points_balance")
    both = found.merge(retailer.buyers, on=KEY, how="outer", suffixes=("", "_by_hand"), validate="1:1")
    assert len(both) == len(found) == len(retailer.buyers)
    points = both["net_revenue_12m"].clip(lower=0) + 10 * both["orders_12m"]
    assert both["growth_points"].astype(float).to_numpy() == pytest.approx(points.to_numpy(), abs=1e-4)
    ledger = [name for name in found if name.endswith("_points") and name != "growth_points"]
    assert len(ledger) == 9 and found[ledger].isna().all(axis=None)


def milestones(retailer) -> pd.DataFrame:
    """First days on which a bar of the shipped policy is met; whole days, with what was reached by their evening."""
    orders = retailer.books.orders.dropna(subset="customer")
    days = orders.assign(sold=orders["kind"] == "sale").groupby(["customer", "day"], as_index=False)
    days = days.agg(net=("net", "sum"), sold=("sold", "max")).sort_values(["customer", "day"])
    by = days.groupby("customer")
    days["so_far"], days["sale_days"] = by["net"].cumsum() / TEN_THOUSANDTHS, by["sold"].cumsum()
    days["year"] = days["day"].dt.year
    days["of_year"] = days.groupby(["customer", "year"])["net"].cumsum() / TEN_THOUSANDTHS
    rows = []
    for name, measure, bar in (("first_repeat", "sale_days", 2), ("tenth_day", "sale_days", 10)):
        rows.append((name, measure, days[days[measure] >= bar].drop_duplicates("customer").assign(occurrence=1)))
    lifetime = days[days["so_far"] >= 20_000].drop_duplicates("customer").assign(occurrence=1)
    yearly = days[days["of_year"] >= 5_000].drop_duplicates(["customer", "year"])
    rows += [
        ("loyal_spender", "so_far", lifetime),
        ("yearly_target", "of_year", yearly.assign(occurrence=yearly["year"])),
    ]
    first = days[days["sold"]].drop_duplicates("customer")
    anniversary = first.assign(day=first["day"] + pd.DateOffset(years=1), occurrence=1, years=1)
    rows.append(("anniversary", "years", anniversary[anniversary["day"] <= retailer.last]))
    return pd.concat(
        part.assign(milestone=name, reached=part[measure])[["customer", "milestone", "occurrence", "day", "reached"]]
        for name, measure, part in rows
    )


def test_milestones(retailer):
    expected = milestones(retailer)
    found = retailer.mart("customer_milestones")
    both = found.merge(expected, on=["customer", "milestone", "occurrence"], how="outer", validate="1:1")
    assert len(both) == len(found) == len(expected)
    assert (both["reached_on"] == both["day"]).all()
    assert both["value"].astype(float).to_numpy() == pytest.approx(both["reached"].astype(float).to_numpy(), abs=1e-4)
    ago = (retailer.last - both["day"]).dt.days
    assert (both["days_ago"] == ago).all() and (both["is_today"] == (ago == 0)).all()
    assert (both["is_recent"] == (ago < policy("benefits")["milestone_window_days"])).all()
    # The grocer's file begins and ends with a year, so nobody's first purchase is a year ago.
    kinds = {"first_repeat", "tenth_day", "yearly_target", "loyal_spender", "anniversary"}
    absent = {"anniversary"} if retailer.name == "complete_journey" else set()
    assert set(expected["milestone"]) == kinds - absent


def test_long_tail(retailer):
    """Neither file tells what serving costs, nor of cross-selling campaigns; history is too short to improve in."""
    rows = retailer.tiers.sort_values(KEY)
    broken = rows["as_of_date"].where(rows["held"] < 4).groupby(rows["customer"]).ffill()
    low = rows[rows["held"] == 4]
    last_high = broken[low.index].groupby(low["customer"]).last()
    run = low[low["as_of_date"] > low["customer"].map(last_high).fillna(pd.Timestamp(0))]
    by = run.groupby("customer")
    spells = pd.DataFrame({"since": by["as_of_date"].min(), "months": by["is_month_end"].sum()})
    current = rows[(rows["as_of_date"] == retailer.last) & (rows["held"] == 4)]["customer"]
    spells = spells.loc[spells.index.intersection(current)]
    now = retailer.metrics(retailer.last).loc[lambda told: told["orders_lifetime"] > 0]
    losing = now.index[now["profit_12m"] < 0]
    found = retailer.mart("long_tail").set_index("customer")
    assert set(found.index) == set(spells.index) | set(losing)
    own = found.loc[spells.index]
    assert list(own["low_since"]) == list(spells["since"]) and list(own["months_low"]) == list(spells["months"])
    assert list(found["is_unprofitable"]) == list(found.index.isin(losing))
    cross = holds(now, "orders_6m > 0")[spells.index]
    assert list(own["offer"]) == list(cross.map({True: "high_margin_cross_sell", False: "self_service"}))
    assert found[["service_cost_12m", "high_value_cost", "service_cost_cap", "is_over_cap"]].isna().all(axis=None)
    year_before = max(retailer.books.month_ends) - pd.offsets.MonthEnd(12)
    assert year_before not in retailer.books.dates and found["metric_before"].isna().all()
    # Without a year before, all that can be said is that who brings nothing has not improved.
    brings = now.loc[found.index, "net_revenue_12m"] > 0
    assert found.loc[brings, "is_improved"].isna().all() and (found.loc[~brings, "is_improved"] == False).all()  # noqa: E712
    assert own["metric_now"].to_numpy() == pytest.approx(now.loc[own.index, "net_revenue_12m"].to_numpy(), abs=1e-6)
    flagged = spells["months"] >= 12
    assert list(own["is_flagged"]) == list(flagged)
    due = spells["months"].map(lambda months: "not_due" if months < 3 else "due")
    assert list(own["offer_stage"]) == list(due)
    action = due.map({"not_due": "watch", "due": "offer_conversion"}).mask(flagged, "keep_cost_low")
    assert list(own["action"]) == list(action)
    others = found.loc[found.index.difference(spells.index)]
    assert (others["action"] == "review_terms").all() and (others["rule"] == "unprofitable").all()
