"""The lifecycle marts against the same figures counted in Python from a made-up company's orders."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import lives

OUTSIDE = ("prospect", "lost")
LEVELS = {"prospect": 3, "acquired": 4, "growth": 5, "maturity": 6, "advocate": 7, "decline": 2, "lost": 1}
LEVELS |= {"won_back": 4}
GOOD = ("acquired", "growth", "maturity", "advocate", "won_back")


@pytest.fixture(scope="module")
def made(world, tmp_path_factory):
    policies = tmp_path_factory.mktemp("policies")
    (policies / "lifecycle.yml").write_text(lives.RULES, encoding="utf-8")
    company = world(policies)
    orders = lives.orders()
    company.load("orders", orders)
    company.load("customers", lives.customers(orders))
    company.load("leads", lives.leads())
    return company.build(lives.LAST_DAY, "+path:models/marts/lifecycle")


@pytest.fixture(scope="module")
def keys(made):
    return made.read("select customer_id, customer_key from core.customer_xref")


@pytest.fixture(scope="module")
def orders():
    rows = lives.orders()
    rows["month"] = pd.PeriodIndex(pd.to_datetime(rows["ordered_on"]), freq="M")
    rows["amount"] = rows["amount"].astype(float)
    return rows


@pytest.fixture(scope="module")
def stages(orders):
    return lives.stages(orders, lives.customers(lives.orders()))


@pytest.fixture(scope="module")
def month_ends(stages):
    """Stages at month-ends with the stage at the month-end before, and who the customer is."""
    rows = stages[stages["as_of_date"].isin(lives.MONTH_ENDS)].copy()
    rows["former"] = rows.groupby("customer_key")["stage"].shift()
    rows["left_since"] = rows.groupby("customer_key")["since"].shift()
    rows["month"] = pd.PeriodIndex(pd.to_datetime(rows["as_of_date"]), freq="M")
    people = lives.customers(lives.orders()).fillna({"region": "unknown", "branch": "unknown"})
    return rows.merge(people[["customer_key", "region", "branch", "acquisition_channel"]], on="customer_key")


def test_stages_of_every_customer_at_every_date(made, keys, stages):
    found = made.read("select * from marts.lifecycle_stage where unit_kind = 'customer'").merge(keys, on="customer_id")
    columns = ["customer_key", "as_of_date", "stage", "rule", "since", "previous_stage"]
    for column in ("as_of_date", "since"):
        found[column] = found[column].dt.date
    both = [frame[columns].sort_values(columns[:2]).reset_index(drop=True) for frame in (found, stages)]
    both = [frame.where(frame.notna(), None) for frame in both]
    pd.testing.assert_frame_equal(*both, check_dtype=False)
    assert set(stages["stage"]) == set(LEVELS), "the company tells of every stage"
    assert (stages["stage"] == "won_back").sum() > 20


def test_open_leads_are_prospects(made):
    leads = made.read(
        "select unit_id, max(as_of_date) as last, count(*) as n, any_value(stage) as stage, "
        "count(customer_id) as known from marts.lifecycle_stage where unit_kind = 'lead' group by 1"
    )
    last = {row.unit_id: str(row.last.date()) for row in leads.itertuples()}
    assert last == {
        "shop:open": "2024-06-17",
        "shop:lost": "2024-02-29",
        "shop:won": "2024-01-31",
        "shop:later": "2023-02-28",
    }
    assert set(leads["stage"]) == {"prospect"} and leads["known"].sum() == 0


def test_transitions_and_spans(made, month_ends):
    moved = month_ends.assign(former=month_ends["former"].fillna("new"))
    expected = Counter(zip(moved["as_of_date"], moved["former"], moved["stage"], strict=True))
    found = made.read("select * from marts.lifecycle_transitions")
    found["as_of_date"] = found["as_of_date"].dt.date
    triples = [(row.as_of_date, row.from_stage, row.to_stage) for row in found.itertuples()]
    assert dict(zip(triples, found["customers"], strict=True)) == expected
    left = month_ends.dropna(subset="former").query("former != stage")
    left = left[left["left_since"] > lives.MONTH_ENDS[0]]
    days = (pd.to_datetime(left["as_of_date"]) - pd.to_datetime(left["left_since"])).dt.days
    spans = days.groupby([left["as_of_date"], left["former"], left["stage"]]).agg(["count", "mean", "median"])
    timed = found[found["spans"] > 0].set_index(["as_of_date", "from_stage", "to_stage"]).sort_index()
    assert timed[["spans", "mean_span_days", "median_span_days"]].to_numpy() == pytest.approx(
        spans.sort_index().to_numpy(), abs=1e-6
    )


def lifetimes(month_ends, orders) -> dict[tuple[str, str], list[tuple[int, bool]]]:
    """Months from entry to loss or to the end, and whether lost, by group: each customer counted for himself."""
    first = orders[orders["kind"] == "sale"].groupby("customer_key")["month"].min()
    last_month, found = month_ends["month"].max(), {}
    for key, life in month_ends.groupby("customer_key"):
        life = life.sort_values("month")
        lost = list(life.loc[life["stage"] == "lost", "month"])
        entries = {}
        for row in life.itertuples():
            entered = row.former != row.stage and (row.month > month_ends["month"].min() or first.get(key) == row.month)
            if entered and row.stage not in OUTSIDE:
                entries.setdefault(("stage", row.stage), row.month)
        if key in first and first[key] <= last_month:
            groups = {
                "all": "all",
                **{kind: life[kind].iloc[0] for kind in ("region", "branch", "acquisition_channel")},
            }
            entries |= dict.fromkeys(groups.items(), first[key])
        for group, entry in entries.items():
            losses = [month for month in lost if month >= entry]
            end = losses[0] if losses else last_month
            found.setdefault(group, []).append(((end - entry).n, bool(losses)))
    return found


def test_life_table_is_the_product_limit_estimate(made, month_ends, orders):
    """Counts, survival, Greenwood's error and the area, term by term; lifelines checks the same below."""
    found = made.read("select * from marts.life_table where as_of_date = '2024-06-17'")
    expected = lifetimes(month_ends, orders)
    own = found[~found["group_kind"].isin(["tier", "rfm_segment"])]
    assert set(zip(own["group_kind"], own["group_value"], strict=True)) == set(expected)
    for group, table in own.groupby(["group_kind", "group_value"]):
        table, times = table.sort_values("month_no"), np.array(expected[group])
        survival, greenwood, curve = 1.0, 0.0, []
        for row in table.itertuples():
            at_risk = (times[:, 0] >= row.month_no).sum()
            lost = ((times[:, 0] == row.month_no) & (times[:, 1] == 1)).sum()
            assert (row.at_risk, row.lost) == (at_risk, lost), (group, row.month_no)
            survival *= 1 - lost / at_risk
            greenwood += lost / (at_risk * (at_risk - lost)) if lost < at_risk else np.nan
            curve.append(survival)
            error = survival * np.sqrt(greenwood)
            assert [row.survival, row.survival_se] == pytest.approx([survival, error], abs=1e-9, nan_ok=True)
            if 0 < survival < 1:
                # The exponential (log-log) interval of Greenwood's variance: survival to the power exp(-+ z x error).
                width = np.exp(1.959963984540054 * np.sqrt(greenwood) / np.log(survival))
                bounds = [survival ** (1 / width), survival**width]
                assert [row.survival_lower, row.survival_upper] == pytest.approx(bounds, abs=1e-9)
        horizon = min(12, len(curve) - 1)
        for row in table[(table["month_no"] < horizon) & (table["survival"] > 0)].itertuples():
            area = sum(curve[row.month_no : horizon])
            assert row.expected_remaining_months == pytest.approx(area / curve[row.month_no], abs=1e-8)


def test_life_table_equals_lifelines(made, month_ends, orders):
    import lifelines
    from lifelines.utils import restricted_mean_survival_time

    found = made.read("select * from marts.life_table where as_of_date = '2024-06-17' order by month_no")
    found = found.set_index(["group_kind", "group_value"]).sort_index()
    for group, times in lifetimes(month_ends, orders).items():
        table = found.loc[[group]]
        fitter = lifelines.KaplanMeierFitter().fit(*zip(*times, strict=True), timeline=table["month_no"])
        judged = table["survival"].to_numpy() > 0
        for column, values in {
            "survival": fitter.survival_function_,
            "survival_lower": fitter.confidence_interval_.iloc[:, [0]],
            "survival_upper": fitter.confidence_interval_.iloc[:, [1]],
        }.items():
            assert table[column].to_numpy() == pytest.approx(values.to_numpy()[:, 0], abs=1e-9), (group, column)
        assert judged.any()
        horizon = table["horizon_months"].iloc[0]
        if horizon:
            mean = restricted_mean_survival_time(fitter, t=horizon)
            assert table["expected_remaining_months"].iloc[0] == pytest.approx(mean, abs=1e-8), group


def test_cohorts(made, orders):
    sales = orders[orders["kind"] == "sale"]
    first = sales.groupby("customer_key")["month"].min().rename("cohort")
    second = sales.sort_values("ordered_at").groupby("customer_key")["month"].nth(1)
    second.index = sales.sort_values("ordered_at").loc[second.index, "customer_key"]
    found = made.read("select * from marts.cohort_retention")
    cohorts, last = sorted(set(first)), pd.Period("2024-06", freq="M")
    assert len(found) == sum((last - cohort).n + 1 for cohort in cohorts)
    assert (~found["is_whole_month"]).sum() == len(cohorts)
    for row in found.itertuples():
        cohort, month = (pd.Period(day, freq="M") for day in (row.cohort_month, row.month_end))
        members = set(first[first == cohort].index)
        own = orders[orders["customer_key"].isin(members) & (orders["month"] >= cohort)]
        active = own.loc[(own["kind"] == "sale") & (own["month"] == month), "customer_key"].nunique()
        repeat = (second[second.index.isin(members)] <= month).sum()
        revenue, so_far = (own.loc[seen, "amount"].sum() for seen in (own["month"] == month, own["month"] <= month))
        assert (row.month_no, row.customers, row.active_customers, row.repeat_customers) == (
            (month - cohort).n,
            len(members),
            active,
            repeat,
        )
        assert [float(row.net_revenue), row.net_revenue_per_customer_so_far] == pytest.approx(
            [revenue, so_far / len(members)], abs=1e-5
        )


@pytest.mark.parametrize("as_of", ["2023-06-30", "2024-06-17"])
def test_the_curve_of_everyone_and_of_each_region_and_branch(made, orders, as_of):
    last = pd.Period("2023-06", freq="M") if as_of == "2023-06-30" else pd.Period("2024-05", freq="M")
    people = lives.customers(lives.orders()).fillna({"region": "unknown", "branch": "unknown"}).assign(all="all")
    first = orders[orders["kind"] == "sale"].groupby("customer_key")["month"].min()
    people = people.assign(cohort=people["customer_key"].map(first)).dropna(subset="cohort")
    rows = orders.merge(people[["customer_key", "cohort", "all", "region", "branch"]], on="customer_key")
    rows = rows[(rows["month"] >= rows["cohort"]) & (rows["month"] <= last)]
    rows["age"] = [(month - cohort).n for month, cohort in zip(rows["month"], rows["cohort"], strict=True)]
    found = made.read(f"select * from marts.lifecycle_curve where as_of_date = '{as_of}' order by month_no")
    for (kind, value), curve in found.groupby(["group_kind", "group_value"]):
        mine, theirs, so_far = people[people[kind] == value], rows[rows[kind] == value], 0.0
        oldest = (last - mine["cohort"].min()).n
        assert list(curve["month_no"]) == list(range(oldest + 1))
        for row in curve.itertuples():
            customers = sum((last - cohort).n >= row.month_no for cohort in mine["cohort"])
            revenue = theirs.loc[theirs["age"] == row.month_no, "amount"].sum()
            so_far += revenue / customers
            assert row.customers == customers
            assert [float(row.net_revenue), row.net_revenue_per_customer_so_far] == pytest.approx(
                [revenue, so_far], abs=1e-4
            )
            # Without lines margin is the policy's quarter of revenue.
            assert row.gross_margin_per_customer_so_far == pytest.approx(so_far / 4, abs=1e-2)
    assert set(found["group_value"]) == {"all", *people["region"], *people["branch"]}


def test_health_and_what_moves_it(made, orders, stages, month_ends):
    """Score of every region at two month-ends from its parts, by the shipped weights and bounds."""
    bounds = {"good_stages": (0.30, 0.3, 0.9), "net_movement": (0.15, -0.15, 0.15), "newly_lost": (0.25, 0.10, 0.0)}
    bounds["repurchase"] = (0.15, 0.3, 0.9)
    found = made.read("select * from marts.lifecycle_health where group_kind = 'region'")
    sales = orders[orders["kind"] == "sale"]
    scores = {}
    for day in (lives.MONTH_ENDS[-2], lives.MONTH_ENDS[-1]):
        for region, now in month_ends[month_ends["as_of_date"] == day].groupby("region"):
            alive, was = now[~now["stage"].isin(OUTSIDE)], now[now["former"].notna() & (now["former"] != "prospect")]
            followed = was[(was["former"] != "lost") | (was["stage"] != "lost")]
            moved = np.sign(followed["stage"].map(LEVELS) - followed["former"].map(LEVELS)).sum()
            start = pd.Timestamp(day) + pd.Timedelta(days=1) - pd.DateOffset(months=12)
            recent = sales[(sales["ordered_at"] >= start) & (sales["ordered_at"] <= pd.Timestamp(day))]
            days = (
                recent[recent["customer_key"].isin(now["customer_key"])].groupby("customer_key")["ordered_on"].nunique()
            )
            before = was[was["former"] != "lost"]
            parts = {
                "good_stages": alive["stage"].isin(GOOD).mean(),
                "net_movement": moved / len(followed),
                "newly_lost": (before["stage"] == "lost").mean(),
                "repurchase": (days >= 2).mean(),
            }
            points = {
                part: 100 * weight / 0.85 * min(max((parts[part] - worst) / (best - worst), 0), 1)
                for part, (weight, worst, best) in bounds.items()
            }
            row = found[(found["as_of_date"] == pd.Timestamp(day)) & (found["group_value"] == region)].iloc[0]
            assert row["customers"] == len(alive)
            assert [row[part] for part in parts] == pytest.approx(list(parts.values()), abs=1e-6)
            assert [row[f"{part}_points"] for part in parts] == pytest.approx(list(points.values()), abs=1e-3)
            assert row["score"] == pytest.approx(sum(points.values()), abs=2e-3) and pd.isna(row["satisfaction"])
            if region in scores:
                assert row["score_change"] == pytest.approx(row["score"] - scores[region][0], abs=1e-3)
                changes = {part: points[part] - scores[region][1][part] for part in points}
                assert row["biggest_mover"] == max(changes, key=lambda part: abs(changes[part]))
            scores[region] = (row["score"], points)
    assert len(scores) == 3
