"""Experiments against a reading of every customer's orders and visits, in pandas."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from include.scoring.experiments import judge_campaigns
from include.scoring.uplift import write_uplift

AS_OF = date(2024, 6, 30)
METRICS = {"visit": 14, "conversion": 14, "orders": 14, "revenue": 30, "margin": 30}
MARGIN = 0.25
CAMPAIGNS = {
    # starts, ends, declared share of the control, arms
    "spring": (date(2024, 3, 5), date(2024, 3, 20), 0.25, ("offer",)),
    "two": (date(2024, 4, 10), date(2024, 4, 20), 0.5, ("red", "Blue")),
    "late": (date(2024, 6, 10), date(2024, 7, 5), 0.25, ("offer",)),
    "crooked": (date(2024, 5, 6), date(2024, 5, 10), 0.05, ("offer",)),
}


@pytest.fixture(scope="module")
def made(world):
    """240 customers; a campaign with a flag, one with arms and a control by name only, one that still runs."""
    random = np.random.default_rng(8)
    keys = [f"k{n}" for n in range(240)]
    people = pd.DataFrame({"customer_key": keys, "created_on": date(2023, 1, 1), "region": ["East", "West"] * 120})
    people["accepts_marketing"] = [None if n % 11 == 1 else n % 10 != 0 for n in range(240)]
    days = [date(2023, 6, 1) + timedelta(days=int(random.integers(0, 395))) for _ in range(2600)]
    orders = pd.DataFrame(
        {
            "order_key": [f"o{n}" for n in range(2600)],
            "customer_key": random.choice(keys[:220], 2600),
            "ordered_on": days,
            "kind": np.where(random.random(2600) < 0.9, "sale", "return"),
        }
    )
    orders["amount"] = np.where(orders["kind"] == "sale", 1, -1) * random.integers(100, 9999, 2600) / 100
    visits = pd.DataFrame({"customer_key": random.choice(keys, 1500), "kind": "view"})
    visits["occurred_on"] = [date(2024, 1, 1) + timedelta(days=int(random.integers(0, 182))) for _ in range(1500)]
    visits["event_key"] = [f"e{n}" for n in range(1500)]
    touches = []
    for campaign, (starts, _, share, arms) in CAMPAIGNS.items():
        for key in keys:
            if random.random() < 0.1:
                continue
            held = random.random() < (0.3 if campaign == "crooked" else share)
            arm = ("对照" if campaign == "two" else None) if held else str(random.choice(arms))
            on = starts + timedelta(days=int(random.integers(0, 6)))
            touches.append((campaign, key, "targeted", arm, None if campaign == "two" else held, on))
            if not held and random.random() < 0.5:
                touches.append((campaign, key, "opened", arm, None, on + timedelta(days=1)))
    touches.append(("spring", "k0", "targeted", None, True, date(2024, 3, 6)))
    touches.append(("spring", "k0", "sent", "offer", False, date(2024, 3, 6)))
    touches = pd.DataFrame(touches, columns=["campaign_key", "customer_key", "kind", "arm", "is_control", "touched_on"])
    campaigns = pd.DataFrame(
        [(key, starts, ends, share, "retention") for key, (starts, ends, share, _) in CAMPAIGNS.items()],
        columns=["campaign_key", "starts_on", "ends_on", "control_share", "objective"],
    )
    tables = {
        "customers": people.assign(created_at=pd.to_datetime(people["created_on"])),
        "orders": orders.assign(ordered_at=pd.to_datetime(orders["ordered_on"])),
        "events": visits.assign(occurred_at=pd.to_datetime(visits["occurred_on"])),
        "campaigns": campaigns,
        "campaign_touches": touches.assign(
            touch_key=[f"t{n}" for n in range(len(touches))], touched_at=pd.to_datetime(touches["touched_on"])
        ),
    }
    company = world()
    for entity, rows in tables.items():
        if entity == "campaign_touches":  # spelled in another way by every third who wrote them down
            rows = rows.assign(arm=rows["arm"].mask(rows["arm"].eq("Blue") & (rows.index % 3 == 0), " blue"))
        company.load(entity, rows.assign(source="shop"))
    company.build(AS_OF, "+int_experiments__sums +int_uplift__features", data_tests=False)
    with company.dbt.environment():
        judge_campaigns(company.workspace, AS_OF, lambda line: None)
    with company.connect() as connection:
        write_uplift(connection, AS_OF, scores(connection), datetime(2024, 7, 1))
        connection.execute(
            "update policy.uplift_settings set budget = 5, cost_per_contact = 0.1, value_per_outcome = 2"
        )
    company.dbt(
        "build", "--no-write-json", "--select", "experiment_results", "uplift_scores",
        "--indirect-selection", "buildable",
    )  # fmt: skip
    return company, tables


def scores(connection):
    """Made-up uplifts of everyone, from -0.1 to 0.3, of one objective; nobody's for another, with the reason."""
    ids = connection.execute("select customer_id from core.dim_customer order by 1").to_arrow_table()["customer_id"]
    number = np.arange(len(ids))
    table = pa.table({"customer_id": ids, "as_of_date": pa.array([AS_OF] * len(ids), pa.date32())})
    own = (number * 37 % 41) / 100 - 0.1
    parts = []
    for objective, uplift, reason in (("all", own, None), ("win_back", np.full(len(ids), np.nan), "too few")):
        part = table.append_column("objective", pa.array([objective] * len(ids)))
        for name, more in (("expected_uplift", 0), ("uplift_low", -0.05), ("uplift_high", 0.05)):
            part = part.append_column(name, pa.array(uplift + more, from_pandas=True))
        part = part.append_column("is_usable", pa.array([reason is None] * len(ids)))
        parts.append(part.append_column("score_reason", pa.array([reason] * len(ids), pa.string())))
    return pa.concat_tables(parts)


@pytest.fixture(scope="module")
def hand(made) -> pd.DataFrame:
    """One row a campaign and customer: arm, whether it is the control, and every metric, nan while its days run."""
    _, tables = made
    targeted = tables["campaign_touches"].query("kind == 'targeted'")
    in_two = (targeted["campaign_key"] == "spring") & (targeted["customer_key"] == "k0")
    orders, visits = (dict(list(tables[name].groupby("customer_key"))) for name in ("orders", "events"))
    none = tables["orders"].iloc[:0].assign(occurred_on=[])
    rows = []
    for touch in targeted[~in_two].itertuples():
        row = {"campaign": touch.campaign_key, "customer": touch.customer_key, "arm": touch.arm or "control"}
        row["held"] = touch.is_control is True or touch.arm == "对照"
        own, seen = orders.get(touch.customer_key, none), visits.get(touch.customer_key, none)
        own, seen = own[own["ordered_on"] >= touch.touched_on], seen[seen["occurred_on"] >= touch.touched_on]
        for metric, days in METRICS.items():
            last = touch.touched_on + timedelta(days=days - 1)
            within, sales = own[own["ordered_on"] <= last], own[(own["ordered_on"] <= last) & (own["kind"] == "sale")]
            value = {
                "visit": float((seen["occurred_on"] <= last).any()),
                "conversion": float(len(sales) > 0),
                "orders": float(len(sales)),
                "revenue": within["amount"].sum(),
                "margin": (within["amount"] * MARGIN).round(4).sum(),
            }[metric]
            row[metric] = value if last <= AS_OF else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def test_effects_are_those_of_every_customers_orders(made, hand):
    company, _ = made
    found = company.read("select * from marts.experiment_results where dimension = 'all'")
    assert len(found) == 5 * len(METRICS)
    for row in found.itertuples():
        of = hand[hand["campaign"] == row.campaign_id.removeprefix("shop:")]
        control = of[of["held"]]
        arm = of[~of["held"] & (of["arm"] == row.arm)]
        assert (row.assigned, row.control_assigned) == (len(arm), len(control))
        own, base = arm[row.metric].dropna(), control[row.metric].dropna()
        assert (row.units, row.control_units) == (len(own), len(base))
        if min(len(own), len(base)) < 30:
            assert np.isnan(row.lift) and row.reason
            continue
        welch = stats.ttest_ind(own, base, equal_var=False)
        assert row.lift == pytest.approx(own.mean() - base.mean(), abs=2e-6)
        assert row.p_value == pytest.approx(welch.pvalue, abs=2e-6)
        assert row.lift_low == pytest.approx(welch.confidence_interval(0.95).low, abs=2e-6)


def test_the_declared_share_is_checked_and_what_runs_is_not_called(made, hand):
    company, _ = made
    found = company.read("select * from marts.experiment_results where dimension = 'all'")
    for campaign, (_, _, share, _) in CAMPAIGNS.items():
        held = hand.loc[hand["campaign"] == campaign, "held"]
        expected = stats.chisquare([held.sum(), (~held).sum()], [len(held) * share, len(held) * (1 - share)]).pvalue
        of = found[found["campaign_id"] == f"shop:{campaign}"]
        assert of["sample_ratio_p"].to_numpy() == pytest.approx(expected, abs=2e-6)
    late = found[found["campaign_id"] == "shop:late"]
    assert set(late["verdict"]) == {"still_running"} and not late["is_finished"].any()
    assert found[found["campaign_id"] != "shop:late"]["is_finished"].all()
    assert set(found.loc[found["campaign_id"] == "shop:crooked", "verdict"]) == {"broken_ratio"}


def test_segments_are_as_known_at_the_month_end_before(made):
    company, tables = made
    orders = tables["orders"].query("kind == 'sale'")
    found = company.read(
        "select customer_key, region, activity, known_on::date as known_on from int.int_experiments__units "
        "join core.customer_xref using (customer_id)"
    )
    for row in found.itertuples():
        days = orders.loc[orders["customer_key"] == row.customer_key, "ordered_on"]
        before = [day for day in days if day <= row.known_on.date()]
        silent = (row.known_on.date() - max(before)).days if before else None
        assert row.activity == ("not_yet" if silent is None else "recent" if silent <= 90 else "silent")
    assert set(found["region"]) == {"East", "West"}


def test_an_uplift_model_reads_nothing_of_the_campaign_but_its_outcome(made, hand):
    """Features are those of customer_metrics at the month-end before; outcomes that are open are out.

    So is a campaign whose arms are not as declared: something else than chance chose.
    """
    company, _ = made
    rows = company.read("select * from int.int_uplift__features where campaign_id is not null")
    known = hand[hand["campaign"] != "crooked"].dropna(subset=["conversion"])
    assert len(rows) == len(known)
    assert rows["outcome"].sum() == known["conversion"].sum()
    assert (~rows["is_treated"].astype(bool)).sum() == known["held"].sum()
    metrics = company.read(
        "select customer_id, as_of_date, orders_lifetime, net_revenue_12m from core.customer_metrics"
    )
    both = rows.merge(metrics, on=["customer_id", "as_of_date"], suffixes=("", "_known"))
    assert len(both) == len(rows) and (both["orders_lifetime"] == both["orders_lifetime_known"]).all()
    assert rows.loc[rows["campaign_id"] == "shop:spring", "as_of_date"].dt.date.unique().tolist() == [date(2024, 2, 29)]


def test_the_budget_goes_to_the_best_who_may_be_contacted(made):
    """Five for contacts at a tenth: the fifty of highest uplift among those who bring a gain and accept marketing."""
    company, _ = made
    found = company.read(
        "select scores.*, accepts_marketing from marts.uplift_scores as scores "
        "join core.dim_customer using (customer_id)"
    )
    none, told = found[found["objective"] == "win_back"], found[found["objective"] == "all"]
    assert (
        none["is_targeted"].isna().all() and none["expected_gain"].isna().all() and set(none["reason"]) == {"too few"}
    )
    gain = told["expected_uplift"] * 2 - 0.1
    assert told["expected_gain"].astype(float).to_numpy() == pytest.approx(gain.to_numpy(), abs=1e-4)
    accepts = told["accepts_marketing"].eq(True).fillna(False).astype(bool)
    assert told["accepts_marketing"].isna().any()
    allowed = told[(gain > 0) & accepts]
    assert told["place"].notna().sum() == len(allowed) > 50
    targeted = told[told["is_targeted"].astype(bool)]
    assert len(targeted) == 50 and accepts[targeted.index].all()
    assert targeted["expected_uplift"].min() >= allowed["expected_uplift"].nlargest(50).min() - 1e-9
