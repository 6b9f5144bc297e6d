"""Paths of growth, what came before upgrades, and effects of campaigns, each computed once more in pandas."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import lives

LAST = lives.LAST_DAY
LAST_MONTH_END = lives.MONTH_ENDS[-1]
BUILT = "+value_growth +upgrade_precursors +strategy_effects"
BEGINS = [date(2023, 5, 9), date(2023, 9, 9), date(2024, 1, 9), date(2024, 5, 9), date(2022, 10, 20)]
CONTACTS_FROM = date(2024, 1, 20)


@pytest.fixture(scope="module")
def made(world):
    random = np.random.default_rng(6)
    orders = lives.orders()
    orders["coupon_key"] = [f"v{n % 5}" if random.random() < 0.2 else None for n in range(len(orders))]
    people = lives.customers(orders)
    campaigns = pd.DataFrame({"campaign_key": [f"g{n}" for n in range(5)], "starts_on": BEGINS}).assign(
        source="shop", objective=["upgrade", "loyalty", "upgrade", "upgrade", "upgrade"]
    )
    touches = []
    for number, day in enumerate(BEGINS):
        for key in people["customer_key"]:
            if random.random() < 0.5:
                control = random.random() < 0.2
                kind = "targeted" if control or random.random() < 0.05 else "sent"
                touches.append((f"g{number}", key, kind, control, day + timedelta(days=1)))
    touches = pd.DataFrame(touches, columns=["campaign_key", "customer_key", "kind", "is_control", "touched_on"])
    touches = touches.assign(source="shop", touch_key=[f"t{n}" for n in range(len(touches))])
    touches["touched_at"] = pd.to_datetime(touches["touched_on"])
    days = [CONTACTS_FROM + timedelta(days=int(random.integers(0, 120))) for _ in range(90)]
    contacts = pd.DataFrame({"customer_key": random.choice(people["customer_key"], 90), "started_on": days})
    contacts = contacts.assign(source="shop", contact_key=[f"c{n}" for n in range(90)], started_at=pd.to_datetime(days))
    contacts.loc[0, "started_on"] = CONTACTS_FROM
    company = world()
    for entity, frame in {
        "orders": orders,
        "customers": people,
        "campaigns": campaigns,
        "campaign_touches": touches,
        "contacts": contacts,
    }.items():
        company.load(entity, frame)
    company.build(LAST, BUILT)
    keys = company.read("select customer_id, customer_key from core.customer_xref").set_index("customer_id")[
        "customer_key"
    ]
    standing = company.read(
        "select tiers.customer_id, tiers.as_of_date, tier, tier_level, stage, net_revenue_12m, region "
        "from marts.customer_tiers tiers join marts.lifecycle_stage using (customer_id, as_of_date) "
        "join core.customer_metrics using (customer_id, as_of_date) join core.dim_customer using (customer_id) "
        "where tiers.is_month_end"
    )
    standing["key"] = standing["customer_id"].map(keys)
    standing["net_revenue_12m"] = standing["net_revenue_12m"].astype(float)
    return company, orders, touches, standing, contacts


def test_paths_count_who_stood_where_a_year_before(made):
    company, _, _, standing, _ = made
    found = company.read("select * from marts.value_growth where path_kind = 'tier'")
    assert set(found["as_of_date"].dt.date) == {day for day in lives.MONTH_ENDS if day >= date(2023, 9, 30)}
    for day, rows in found.groupby("as_of_date"):
        former_day = day - pd.DateOffset(months=12) + pd.offsets.MonthEnd(0)
        now = standing[standing["as_of_date"] == day]
        former = standing[standing["as_of_date"] == former_day]
        both = now.merge(former, on="key", how="left", suffixes=("", "_before"))
        both["from_place"] = both["tier_before"].fillna("new")
        truth = both.groupby(["from_place", "tier"]).agg(
            customers=("key", "size"), now=("net_revenue_12m", "sum"), before=("net_revenue_12m_before", "sum")
        )
        assert set(zip(rows["from_place"], rows["to_place"], strict=True)) == set(truth.index)
        for row in rows.itertuples():
            expected = truth.loc[(row.from_place, row.to_place)]
            assert row.customers == expected["customers"]
            assert float(row.change_of_revenue) == pytest.approx(expected["now"] - expected["before"], abs=0.01)
            begun = truth.loc[row.from_place]["customers"].sum()
            assert row.share_of_from == pytest.approx(expected["customers"] / begun, abs=1e-6)
    order = ["diamond", "gold", "silver", "bronze"]
    for row in found.itertuples():
        if row.from_place == "new":
            assert row.direction == "new"
        else:
            step = order.index(row.from_place) - order.index(row.to_place)
            assert row.direction == ("up" if step > 0 else "down" if step < 0 else "same")


def test_stages_have_paths_too(made):
    company, _, _, standing, _ = made
    found = company.read(
        "select sum(customers) as n, sum(revenue_now) as revenue from marts.value_growth "
        f"where path_kind = 'stage' and as_of_date = '{LAST_MONTH_END}' and to_place <> 'prospect'"
    )
    now = standing[standing["as_of_date"] == pd.Timestamp(LAST_MONTH_END)]
    assert found["n"][0] == len(now)
    assert float(found["revenue"][0]) == pytest.approx(now["net_revenue_12m"].sum(), abs=0.01)


def test_what_came_before_upgrades_is_counted_month_by_month(made):
    company, orders, touches, standing, contacts = made
    found = company.read("select * from marts.upgrade_precursors").set_index(["from_tier", "action"])
    days = {
        "campaign": touches[touches["kind"] == "sent"].groupby("customer_key")["touched_on"].agg(set),
        "coupon": orders.dropna(subset="coupon_key").groupby("customer_key")["ordered_on"].agg(set),
        "contact": contacts.groupby("customer_key")["started_on"].agg(set),
    }
    told_from = {action: min(set.union(*by_key)) for action, by_key in days.items()}
    assert set(found.index.get_level_values("action")) == set(days)
    month_ends = [pd.Timestamp(day) for day in lives.MONTH_ENDS]
    counts: dict[tuple[str, str], np.ndarray] = {}
    for former_day, day in zip(month_ends[-13:-1], month_ends[-12:], strict=True):
        now = standing[standing["as_of_date"] == day].set_index("key")["tier_level"]
        for row in standing[standing["as_of_date"] == former_day].itertuples():
            if row.tier_level == 1 or row.key not in now:
                continue
            upgraded = now[row.key] < row.tier_level
            for action, by_key in days.items():
                if former_day.date() < told_from[action]:
                    continue
                back = former_day.date() - timedelta(days=90)
                acted = any(back < on <= former_day.date() for on in by_key.get(row.key, ()))
                cell = counts.setdefault((row.tier, action), np.zeros(4, int))
                cell += [upgraded, not upgraded, upgraded and acted, not upgraded and acted]
    assert set(counts) == set(found.index)
    for name, (upgraded, others, upgraded_with, others_with) in counts.items():
        row = found.loc[name]
        told = row[["upgraded", "others", "upgraded_with", "others_with"]].tolist()
        assert told == [upgraded, others, upgraded_with, others_with]
        if upgraded and others:
            p, q = upgraded_with / upgraded, others_with / others
            error = np.sqrt(p * (1 - p) / upgraded + q * (1 - q) / others)
            assert (row["difference"], row["standard_error"]) == pytest.approx((p - q, error), abs=3e-6)
    assert found["upgraded"].sum() > 40


def changes(made, number: int) -> pd.DataFrame:
    """Customers before a campaign: arm, cell and change of revenue over 60 days."""
    _, orders, touches, standing, _ = made
    starts = BEGINS[number]
    month_end = max(day for day in lives.MONTH_ENDS if day < starts)
    people = standing[standing["as_of_date"] == pd.Timestamp(month_end)].copy()
    people["band"] = np.ceil(people["net_revenue_12m"].rank(method="min") * 4 / len(people))
    own = touches[touches["campaign_key"] == f"g{number}"].set_index("customer_key")
    rows = []
    for row in people.itertuples():
        arm = "peer"
        if row.key in own.index:
            touch = own.loc[row.key]
            arm = "control" if touch["is_control"] else "touched" if touch["kind"] == "sent" else None
        sales = orders[orders["customer_key"] == row.key]
        offset = np.array([(day - starts).days for day in sales["ordered_on"]])
        amount = sales["amount"].astype(float).to_numpy()
        change = amount[(offset >= 0) & (offset < 60)].sum() - amount[(offset < 0) & (offset >= -60)].sum()
        rows.append({"arm": arm, "cell": (row.tier, row.stage, row.band, row.region), "change": change})
    return pd.DataFrame(rows)


def difference(people: pd.DataFrame) -> tuple[int, float, float]:
    """Matched customers, effect and standard error over the cells that have two or more of both."""
    weights, effects, variances = [], [], []
    for _, cell in people.groupby("cell", dropna=False):
        touched, peers = (cell[cell["arm"] == arm]["change"] for arm in ("touched", "peer"))
        if len(touched) >= 2 and len(peers) >= 2:
            weights.append(len(touched))
            effects.append(touched.mean() - peers.mean())
            variances.append(touched.var() / len(touched) + peers.var() / len(peers))
    shares = np.array(weights) / sum(weights)
    return sum(weights), float(shares @ effects), float(np.sqrt(shares**2 @ variances))


def test_effects_are_differences_in_differences_within_cells(made):
    found = made[0].read("select * from marts.strategy_effects").set_index("unit_id")
    campaigns = found[found["unit_kind"] == "campaign"]
    assert set(campaigns.index) == {"shop:g0", "shop:g1", "shop:g2"}, "one is not over, and before another is not known"
    by_number = {}
    for number in range(3):
        people = changes(made, number)
        matched, effect, error = by_number[number] = difference(people)
        row = campaigns.loc[f"shop:g{number}"]
        assert (row["matched"], row["touched"]) == (matched, (people["arm"] == "touched").sum())
        assert row["controls"] == (people["arm"] == "control").sum()
        assert (row["effect"], row["standard_error"]) == pytest.approx((effect, error), abs=1e-3)
        touched, control = (people[people["arm"] == arm]["change"] for arm in ("touched", "control"))
        assert row["control_effect"] == pytest.approx(touched.mean() - control.mean(), abs=1e-3)
        error = np.sqrt(touched.var() / len(touched) + control.var() / len(control))
        assert row["control_standard_error"] == pytest.approx(error, abs=1e-3)
    (n0, e0, s0), (n2, e2, s2) = by_number[0], by_number[2]
    upgrade = found.loc["upgrade"]
    assert (upgrade["campaigns"], upgrade["matched"]) == (2, n0 + n2)
    assert upgrade["effect"] == pytest.approx((n0 * e0 + n2 * e2) / (n0 + n2), abs=1e-3)
    assert upgrade["standard_error"] == pytest.approx(np.hypot(n0 * s0, n2 * s2) / (n0 + n2), abs=1e-3)


def test_without_campaigns_and_for_a_young_company_nothing_is_told(world):
    company = world()
    orders = lives.orders(4)
    company.load("orders", orders[orders["ordered_on"] <= date(2023, 3, 20)])
    company.build(date(2023, 3, 20), BUILT)
    for mart in ("value_growth", "strategy_effects", "upgrade_precursors"):
        assert company.read(f"select count(*) as n from marts.{mart}")["n"][0] == 0, mart
