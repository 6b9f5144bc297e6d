"""Stages, transitions, curve, cohorts, life table and health of two real retailers, counted from their files."""

from __future__ import annotations

import lifelines
import numpy as np
import pandas as pd
import pytest
from lifelines.utils import restricted_mean_survival_time

from tests.real_retailers.books import TEN_THOUSANDTHS
from tests.real_retailers.standing_by_hand import policy

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]

OUTSIDE = ("prospect", "lost")


def test_stage_of_every_customer_at_every_date(retailer):
    found = retailer.read("select count(*) as n from lifecycle_stage where unit_kind <> 'customer'")
    assert found["n"][0] == 0, "neither retailer has leads"
    both = retailer.mart("lifecycle_stage").merge(
        retailer.stages, on=["customer", "as_of_date"], how="outer", suffixes=("", "_by_hand"), validate="1:1"
    )
    assert len(both) == len(retailer.stages) == len(retailer.mart("lifecycle_stage"))
    for name in ("stage", "rule", "since"):
        wrong = both[both[name] != both[f"{name}_by_hand"]]
        assert wrong.empty, (name, wrong[["customer", "as_of_date", name, f"{name}_by_hand"]].head())
    assert (both["previous_stage"].fillna("") == both["previous_stage_by_hand"].fillna("")).all()
    assert (both["is_since_seen"] == (both["since"] > retailer.books.dates[0])).all()
    # Nobody answers surveys or refers, so there is no advocate.
    told = set(both["stage"])
    assert {"acquired", "growth", "maturity", "decline", "lost", "won_back"} <= told and "advocate" not in told


@pytest.fixture(scope="module")
def ends(retailer) -> pd.DataFrame:
    """Stages, tiers and segments at month-ends, with those of the month-end before."""
    rows = retailer.stages[["customer", "as_of_date", "stage", "since", "first_purchase_on", "purchase_days_12m"]]
    rows = rows.merge(retailer.tiers[["customer", "as_of_date", "tier"]], on=["customer", "as_of_date"], how="left")
    segments = retailer.mart("rfm_scores")[["customer", "as_of_date", "segment"]]
    rows = rows.merge(segments.rename(columns={"segment": "rfm_segment"}), on=["customer", "as_of_date"], how="left")
    rows = rows[rows["as_of_date"].isin(retailer.books.month_ends)].sort_values(["customer", "as_of_date"])
    by = rows.groupby("customer")
    for name in ("stage", "tier", "rfm_segment", "since"):
        rows[f"former_{name}"] = by[name].shift()
    return rows.reset_index(drop=True)


def test_transitions_and_spans(retailer, ends):
    found = retailer.read("select * from lifecycle_transitions").set_index(["as_of_date", "from_stage", "to_stage"])
    moved = ends.assign(former=ends["former_stage"].fillna("new"))
    counts = moved.groupby(["as_of_date", "former", "stage"]).size()
    assert found["customers"].to_dict() == counts.to_dict()
    shares = counts / counts.groupby(level=[0, 1]).transform("sum")
    assert found["share_of_from_stage"].to_dict() == pytest.approx(shares.to_dict(), abs=1e-6)
    left = moved[(moved["former"] != moved["stage"]) & (moved["former_since"] > retailer.books.dates[0])]
    days = (left["as_of_date"] - left["former_since"]).dt.days
    spans = days.groupby([left["as_of_date"], left["former"], left["stage"]]).agg(["count", "mean", "median"])
    timed = found[found["spans"] > 0]
    for name, of in {"spans": "count", "mean_span_days": "mean", "median_span_days": "median"}.items():
        assert timed[name].to_dict() == pytest.approx(spans[of].to_dict(), abs=1e-5)
    levels = {stage["name"]: stage["level"] for stage in policy("lifecycle")["stages"]}
    for (_, before, after), move in found["move"].items():
        if before == "new" or before == after:
            assert move == ("entered" if before == "new" else "stayed")
        else:
            difference = levels[after] - levels[before]
            assert move == ("up" if difference > 0 else "down" if difference < 0 else "level")


@pytest.fixture(scope="module")
def months(retailer) -> pd.DataFrame:
    """One row per customer, cohort and month since the first purchase with any order: money and orders of it."""
    orders = retailer.books.orders.dropna(subset="customer").copy()
    sales = retailer.books.sales.sort_values(["day", "order"])
    first = sales.groupby("customer")["day"].min().dt.to_period("M")
    orders["month"], orders["cohort"] = orders["day"].dt.to_period("M"), orders["customer"].map(first)
    orders["sold"] = (orders["kind"] == "sale").astype(int)
    orders = orders[orders["cohort"].notna()]
    orders = orders[orders["month"] >= orders["cohort"]]
    rows = orders.groupby(["customer", "cohort", "month"], as_index=False)[["net", "margin", "sold"]].sum()
    rows["age"] = [(month - cohort).n for month, cohort in zip(rows["month"], rows["cohort"], strict=True)]
    return rows


def test_cohorts(retailer, months):
    """Repeat customers are those with two sale orders or more by the month, whether or not on one day."""
    found = retailer.read("select * from cohort_retention")
    last = retailer.last.to_period("M")
    sizes = months[months["age"] == 0].groupby("cohort")["customer"].nunique()
    assert len(found) == sum((last - cohort).n + 1 for cohort in sizes.index)
    for row in found.itertuples():
        cohort, month = row.cohort_month.to_period("M"), row.month_end.to_period("M")
        own = months[(months["cohort"] == cohort) & (months["month"] <= month)]
        now = own[own["month"] == month]
        size, so_far = sizes[cohort], own["net"].sum() / TEN_THOUSANDTHS
        repeat = (own.groupby("customer")["sold"].sum() >= 2).sum()
        assert (row.month_no, row.customers, row.active_customers, row.repeat_customers, row.orders) == (
            (month - cohort).n,
            size,
            (now["sold"] > 0).sum(),
            repeat,
            now["sold"].sum(),
        )
        assert row.is_whole_month == (row.month_end <= retailer.last)
        assert [row.retention, row.repurchase_rate] == pytest.approx(
            [row.active_customers / size, repeat / size], abs=1e-6
        )
        assert [float(row.net_revenue), float(row.net_revenue_so_far)] == pytest.approx(
            [now["net"].sum() / TEN_THOUSANDTHS, so_far], abs=1e-6
        )
        assert row.net_revenue_per_customer_so_far == pytest.approx(so_far / size, abs=1e-5)


def test_lifecycle_curve(retailer, months):
    """Everyone; region and branch are told by neither file, so their one group is unknown and equals everyone."""
    found = retailer.read("select * from lifecycle_curve order by month_no")
    groups = {("all", "all"), ("region", "unknown"), ("branch", "unknown")}
    assert set(zip(found["group_kind"], found["group_value"], strict=True)) == groups
    firsts = months[months["age"] == 0].groupby("cohort")["customer"].nunique()
    for (day, *_), curve in found.groupby(["as_of_date", "group_kind"]):
        last = (day + pd.Timedelta(days=1)).to_period("M") - 1
        own = months[months["month"] <= last]
        sizes = firsts[firsts.index <= last]
        assert list(curve["month_no"]) == list(range((last - sizes.index.min()).n + 1))
        net, margin = 0.0, 0.0
        for row in curve.itertuples():
            customers = sizes[[(last - cohort).n >= row.month_no for cohort in sizes.index]].sum()
            now = own[own["age"] == row.month_no]
            assert (row.customers, row.active_customers, row.orders) == (
                customers,
                (now["sold"] > 0).sum(),
                now["sold"].sum(),
            )
            money = [now[name].sum() / TEN_THOUSANDTHS for name in ("net", "margin")]
            assert [float(row.net_revenue), float(row.gross_margin)] == pytest.approx(money, abs=1e-6)
            net, margin = net + money[0] / customers, margin + money[1] / customers
            assert [row.net_revenue_per_customer_so_far, row.gross_margin_per_customer_so_far] == pytest.approx(
                [net, margin], abs=2e-5
            )


def lifetimes(ends: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    """Months from entry to loss or to the last month-end, and whether lost: a row per group and customer in it."""
    rows = ends[ends["as_of_date"] <= until].copy()
    rows["month"] = rows["as_of_date"].dt.year * 12 + rows["as_of_date"].dt.month
    bought = rows["first_purchase_on"].dt.year * 12 + rows["first_purchase_on"].dt.month
    entries = []
    for kind in ("all", "region", "branch", "acquisition_channel"):
        first = rows.assign(entry=bought).dropna(subset="entry").drop_duplicates("customer")
        entries.append(first.assign(kind=kind, value="all" if kind == "all" else "unknown"))
    beginning = rows["month"].min()
    for kind in ("stage", "tier", "rfm_segment"):
        # Who was there when the history began has entered then only when they also first bought then.
        comes = (rows[kind] != rows[f"former_{kind}"]) & rows[kind].notna() & ~rows["stage"].isin(OUTSIDE)
        comes &= (rows["month"] > beginning) | (bought == beginning)
        first = rows[comes].drop_duplicates(["customer", kind])
        entries.append(first.assign(kind=kind, value=first[kind], entry=first["month"]))
    told = pd.concat(entries)[["kind", "value", "customer", "entry"]]
    lost = rows.loc[rows["stage"] == "lost", ["customer", "month"]].rename(columns={"month": "lost"})
    pairs = told.merge(lost, on="customer", how="left")
    pairs["lost"] = pairs["lost"].where(pairs["lost"] >= pairs["entry"])
    told = pairs.groupby(["kind", "value", "customer", "entry"], as_index=False)["lost"].min()
    told["is_lost"] = told["lost"].notna()
    told["months"] = told["lost"].fillna(rows["month"].max()) - told["entry"]
    return told


@pytest.mark.parametrize("place", ["middle", "last"])
def test_life_table_equals_lifelines(retailer, ends, place):
    dates = retailer.books.dates
    as_of = dates[-1] if place == "last" else dates[len(dates) // 2]
    found = retailer.read(f"select * from life_table where as_of_date = '{as_of.date()}' order by month_no")
    told = lifetimes(ends, as_of)
    groups = set(zip(told["kind"], told["value"], strict=True))
    assert set(zip(found["group_kind"], found["group_value"], strict=True)) == groups
    for (kind, value), own in told.groupby(["kind", "value"]):
        table = found[(found["group_kind"] == kind) & (found["group_value"] == value)]
        fitter = lifelines.KaplanMeierFitter().fit(own["months"], own["is_lost"], timeline=table["month_no"])
        events = fitter.event_table.reindex(table["month_no"])
        assert list(table["at_risk"]) == [(own["months"] >= month).sum() for month in table["month_no"]]
        assert list(table["lost"]) == list(events["observed"].fillna(0)), (kind, value)
        assert list(table["censored"]) == [
            ((own["months"] == month) & ~own["is_lost"]).sum() for month in table["month_no"]
        ]
        bounds = fitter.confidence_interval_
        for column, values in {
            "survival": fitter.survival_function_.iloc[:, 0],
            "survival_lower": bounds.iloc[:, 0],
            "survival_upper": bounds.iloc[:, 1],
        }.items():
            assert table[column].to_numpy() == pytest.approx(values.to_numpy(), abs=1e-9), (kind, value, column)
        horizon = table["horizon_months"].iloc[0]
        assert horizon == min(12, table["month_no"].max())
        if horizon:
            mean = restricted_mean_survival_time(fitter, t=horizon)
            assert table["expected_remaining_months"].iloc[0] == pytest.approx(mean, abs=1e-6), (kind, value)
    assert told["is_lost"].sum() > 100


def test_health_and_its_parts(retailer, ends):
    """Every group and date: stock at the date in its group, flows of the last whole month in that of its beginning."""
    rules = policy("lifecycle")
    levels = {stage["name"]: stage["level"] for stage in rules["stages"]}
    good = {stage["name"] for stage in rules["stages"] if stage["good"]}
    parts = {part["part"]: part for part in rules["health"]}
    rows = retailer.stages[["customer", "as_of_date", "stage", "purchase_days_12m"]]
    rows = rows.merge(retailer.tiers[["customer", "as_of_date", "tier"]], on=["customer", "as_of_date"], how="left")
    segments = retailer.mart("rfm_scores")[["customer", "as_of_date", "segment"]]
    rows = rows.merge(segments.rename(columns={"segment": "rfm_segment"}), on=["customer", "as_of_date"], how="left")
    found = retailer.read("select * from lifecycle_health").set_index(["as_of_date", "group_kind", "group_value"])
    seen = 0
    for day in retailer.books.dates:
        now = rows[(rows["as_of_date"] == day) & (rows["stage"] != "prospect")]
        whole = max(end for end in retailer.books.month_ends if end <= day)
        flows = ends[(ends["as_of_date"] == whole) & ends["former_stage"].notna()]
        flows = flows[flows["former_stage"] != "prospect"]
        for kind in ("all", "region", "branch", "tier", "rfm_segment"):
            constant = {"all": "all", "region": "unknown", "branch": "unknown"}.get(kind)
            stock = now.assign(value=constant or now.get(kind))
            moves = flows.assign(value=constant or flows.get(f"former_{kind}"))
            for value, own in stock.groupby("value"):
                alive = own[own["stage"] != "lost"]
                if alive.empty:
                    assert (day, kind, value) not in found.index
                    continue
                row, flow = found.loc[(day, kind, value)], moves[moves["value"] == value]
                followed = flow[(flow["former_stage"] != "lost") | (flow["stage"] != "lost")]
                step = sum(
                    np.sign(levels[after] - levels[before])
                    for before, after in zip(followed["former_stage"], followed["stage"], strict=True)
                )
                here = flow[flow["former_stage"] != "lost"]
                bought = own[own["purchase_days_12m"] > 0]
                expected = {
                    "good_stages": alive["stage"].isin(good).mean(),
                    "net_movement": step / len(followed) if len(followed) else np.nan,
                    "newly_lost": (here["stage"] == "lost").mean() if len(here) else np.nan,
                    "repurchase": (bought["purchase_days_12m"] >= 2).mean() if len(bought) else np.nan,
                    "satisfaction": np.nan,
                }
                assert row["customers"] == len(alive)
                weight = sum(parts[name]["weight"] for name, told in expected.items() if not np.isnan(told))
                score = 0.0
                for name, told in expected.items():
                    assert row[name] == pytest.approx(told, abs=1e-6, nan_ok=True), (day, kind, value, name)
                    if not np.isnan(told):
                        worst, best = parts[name]["worst"], parts[name]["best"]
                        share = min(max((told - worst) / (best - worst), 0), 1)
                        points = 100 * parts[name]["weight"] / weight * share
                        assert row[f"{name}_points"] == pytest.approx(points, abs=1e-3), (day, kind, value, name)
                        score += points
                assert row["score"] == pytest.approx(score, abs=2e-3)
                seen += 1
    assert seen == len(found)


def test_what_moved_health_is_told_since_the_date_before(retailer):
    found = retailer.read("select * from lifecycle_health").sort_values(["group_kind", "group_value", "as_of_date"])
    names = [part["part"] for part in policy("lifecycle")["health"]]
    dates, told = retailer.books.dates, 0
    for _, own in found.groupby(["group_kind", "group_value"]):
        by_day = own.set_index("as_of_date")
        for day, row in by_day.iterrows():
            before = dates[dates.index(day) - 1] if day != dates[0] else None
            if before not in by_day.index or not by_day.loc[before, names].isna().equals(row[names].isna()):
                assert pd.isna(row["score_change"])
                continue
            former = by_day.loc[before]
            assert row["score_change"] == pytest.approx(row["score"] - former["score"], abs=1e-3)
            changes = {name: row[f"{name}_points"] - former[f"{name}_points"] for name in names}
            changes = {name: change for name, change in changes.items() if not np.isnan(change)}
            biggest = max(abs(change) for change in changes.values())
            if biggest > 1e-3:
                assert abs(changes[row["biggest_mover"]]) == pytest.approx(biggest, abs=1e-3)
                assert row["biggest_change"] == pytest.approx(changes[row["biggest_mover"]], abs=1e-3)
            told += 1
    assert told > 50
