"""Funnel, channels and LTV/CAC against pandas that counts people one by one, and what is empty when nobody tells."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import contracts_and_costs, shop

AS_OF = shop.LAST_DAY
SELECT = "+acquisition_funnel +channel_quality +ltv_cac"
OF_CORE = " ".join(f"{mart},tag:{tag}" for mart in SELECT.split() for tag in ("staging", "core"))
CHANNELS = ("search", "social", "affiliate", None)
RETAINED_FROM, RETAINED_TO = 90, 180  # include/policies/acquisition.yml
STEPS = ["lead", "registration", "first_purchase", "second_purchase", "retained", "referral"]
BEFORE = {"registration": "lead", "first_purchase": "registration"} | dict.fromkeys(STEPS[3:], "first_purchase")


def channel_of(key: str) -> str | None:
    return CHANNELS[int(key[1:]) % 4]


def customers(orders: pd.DataFrame) -> pd.DataFrame:
    rows = shop.customers(orders)
    return rows.assign(
        acquisition_channel=[channel_of(key) for key in rows["customer_key"]],
        acquisition_campaign_key=["spring" if key in ("k1", "k5", "k9") else None for key in rows["customer_key"]],
    )


def leads(orders: pd.DataFrame) -> pd.DataFrame:
    """Some came as leads days before they bought, one twice; others never became anybody, or were nobody."""
    first = orders.dropna(subset=["customer_key"]).groupby("customer_key")["ordered_on"].min()
    rows = []
    for n, (key, day) in enumerate(first.items()):
        if n % 2 == 0 and int(key[1:]) % 4:
            # Those whose customer tells no channel have that of the lead.
            rows.append((key, day - timedelta(days=3 + n), channel_of(key) or "fair", "converted", Decimal(3)))
        if n == 2:
            rows.append((key, day + timedelta(days=9), "search", "converted", None))
        if n == 3:
            rows.append((key, day + timedelta(days=20), "search", "converted", None))
    rows += [(None, AS_OF - timedelta(days=40 + n), CHANNELS[n % 3], "lost", Decimal(2)) for n in range(30)]
    rows += [(None, AS_OF - timedelta(days=70 + n), "affiliate", "invalid", None) for n in range(8)]
    frame = pd.DataFrame(rows, columns=["customer_key", "created_on", "channel", "status", "cost"]).assign(source="web")
    return frame.assign(lead_key=[f"l{n}" for n in range(len(frame))], created_at=pd.to_datetime(frame["created_on"]))


def spending(seed: int = 9) -> pd.DataFrame:
    rows = contracts_and_costs.marketing_spend(seed).assign(channel=[CHANNELS[n % 3] for n in range(60)])
    rows["campaign_key"] = ["spring" if n in (0, 6) else None for n in range(60)]
    rows.loc[4, "channel"] = "radio"  # which brings nobody
    return rows.assign(amount=[Decimal(n + 1) * 40 for n in range(60)])


def referrals(orders: pd.DataFrame) -> pd.DataFrame:
    first = orders.dropna(subset=["customer_key"]).groupby("customer_key")["ordered_on"].min()
    days = [first[f"k{n}"] + timedelta(days=int(n - 3)) for n in range(1, 20) if n % 4]
    keys = [f"k{n}" for n in range(1, 20) if n % 4]
    frame = pd.DataFrame({"customer_key": keys, "referred_on": days}).assign(source="web", status="invited")
    return frame.assign(referral_key=[f"r{n}" for n in range(len(frame))], referred_at=pd.to_datetime(days))


def visits() -> pd.DataFrame:
    """k70 and k71, of whom no other table tells a day, were seen in the web shop."""
    frame = pd.DataFrame({"customer_key": ["k70", "k71"], "occurred_on": [date(2023, 6, 5), date(2023, 7, 5)]})
    frame = frame.assign(source="web", event_key=["e1", "e2"], kind="visit", channel="web")
    return frame.assign(occurred_at=pd.to_datetime(frame["occurred_on"]))


def payments() -> pd.DataFrame:
    frame = contracts_and_costs.payments()
    return frame.assign(amount_due=[Decimal(100) if kind == "charge" else Decimal(-100) for kind in frame["kind"]])


@pytest.fixture(scope="module")
def built(world):
    orders, lines = shop.orders_and_lines()
    company = world()
    for entity, rows in {
        "orders": orders,
        "order_items": lines,
        "products": shop.products(),
        "customers": customers(orders),
        "leads": leads(orders),
        "marketing_spend": spending(),
        "referrals": referrals(orders),
        "events": visits(),
        "tickets": contracts_and_costs.tickets(),
        "payments": payments(),
    }.items():
        company.load(entity, rows)
    company.build(AS_OF, f"{OF_CORE} +customer_metrics")
    # A worth of 10 for each day of buying, unknown for some.
    company.execute(
        "insert into scores.clv_scores (customer_id, as_of_date, clv_12m, model_version) "
        "select customer_id, as_of_date, purchase_days_lifetime * 10, '1' from core.customer_metrics "
        "where orders_lifetime > 0 and purchase_days_lifetime <> 3"
    )
    company.build(AS_OF, SELECT, but="tag:staging tag:core")
    names = ("acquisition_funnel", "channel_quality", "ltv_cac", "customer_tiers")
    tables = {name: company.read(f"select * from marts.{name}") for name in names}
    core = ("fct_orders", "fct_leads", "dim_customer", "fct_marketing_spend", "fct_referrals", "fct_daily_behaviour")
    tables |= {name: company.read(f"select * from core.{name}") for name in (*core, "fct_tickets", "fct_payments")}
    return tables | {"scores": company.read("select * from scores.clv_scores"), "days": purchase_days(tables)}


def purchase_days(tables) -> dict[str, list[pd.Timestamp]]:
    sales = tables["fct_orders"].query("kind == 'sale' and customer_id.notna()", engine="python")
    return {key: sorted(set(found)) for key, found in sales.groupby("customer_id")["ordered_on"]}


def people(built) -> list[dict]:
    """Everyone with the day of each step, in plain loops."""
    came = built["fct_leads"].sort_values(["created_on", "lead_id"])
    of_customer = {
        row.customer_id: row for row in reversed(list(came.itertuples())) if isinstance(row.customer_id, str)
    }
    found = []
    for row in built["dim_customer"].itertuples():
        days = built["days"].get(row.customer_id, [])
        lead = of_customer.get(row.customer_id)
        seen = built["fct_daily_behaviour"].query("customer_id == @row.customer_id")["occurred_on"]
        registered = min([day for day in (row.created_on, *days[:1], *seen) if not pd.isna(day)], default=None)
        sent = built["fct_referrals"].query("customer_id == @row.customer_id")["referred_on"]
        after = [day for day in days if days and RETAINED_FROM < (day - days[0]).days <= RETAINED_TO]
        channel = row.acquisition_channel if isinstance(row.acquisition_channel, str) else lead and lead.channel
        found.append(
            {
                "customer_id": row.customer_id,
                "channel": channel or "unknown",
                "campaign_id": row.acquisition_campaign_id,
                "invalid": False,
                "lead": lead and lead.created_on,
                "registration": registered,
                "first_purchase": days[0] if days else None,
                "second_purchase": days[1] if len(days) > 1 else None,
                "retained": after[0] if after else None,
                "referral": min([day for day in sent if days and day >= days[0]], default=None),
            }
        )
    for row in came.itertuples():
        if not isinstance(row.customer_id, str):
            channel = row.channel if isinstance(row.channel, str) else "unknown"
            alone = {"customer_id": None, "channel": channel, "campaign_id": None, "invalid": row.status == "invalid"}
            found.append(alone | dict.fromkeys(STEPS) | {"lead": row.created_on})
    for one in found:
        began = min([one[step] for step in ("lead", "registration") if one[step] is not None], default=None)
        one["cohort"] = None if began is None else began + pd.offsets.MonthEnd(0)
    return found


def test_the_funnel_is_that_of_people_counted_one_by_one(built):
    expected = {}
    for one in people(built):
        for step in STEPS if one["cohort"] is not None else []:
            cell = expected.setdefault((one["channel"], one["cohort"], step), [0, 0, []])
            cell[0] += one[step] is not None
            before = one.get(BEFORE.get(step, ""))
            if before is None or (step == "retained" and (pd.Timestamp(AS_OF) - before).days < RETAINED_TO):
                continue
            cell[1] += 1
            if one[step] is not None:
                cell[2].append((one[step] - before).days)
    funnel = built["acquisition_funnel"]
    assert len(funnel) == len(expected) > 100
    for row in funnel.itertuples():
        reached, asked, took = expected[row.channel, row.cohort_month, row.step]
        assert row.people == reached, row
        if row.step == "lead":
            assert pd.isna(row.asked)
            assert pd.isna(row.conversion)
            continue
        assert (row.asked, row.converted) == (asked, len(took)), row
        assert row.conversion == pytest.approx(len(took) / asked if asked else np.nan, abs=1e-6, nan_ok=True)
        took = [days for days in took if days >= 0]
        assert row.median_days == pytest.approx(np.median(took) if took else np.nan, nan_ok=True)
    totals = funnel.groupby("step")["people"].sum()
    assert (totals[STEPS] > 0).all()
    assert totals["first_purchase"] >= totals["second_purchase"] > totals["retained"]


def acquisition_costs(built) -> pd.DataFrame:
    spend = built["fct_marketing_spend"].query("purpose == 'acquisition'").rename(columns={"spent_on": "day"})
    own = built["fct_leads"].dropna(subset=["cost"]).rename(columns={"cost": "amount", "created_on": "day"})
    rows = pd.concat([spend, own])[["channel", "campaign_id", "day", "amount"]]
    rows["channel"] = rows["channel"].fillna("unknown")
    return rows.assign(amount=rows["amount"].astype(float), month=pd.to_datetime(rows["day"]) + pd.offsets.MonthEnd(0))


def test_ltv_over_cac_is_counted_from_margins_scores_and_costs(built):
    buyers = pd.DataFrame([one for one in people(built) if one["first_purchase"] is not None])
    orders = built["fct_orders"]
    margins = orders.assign(margin=orders["gross_margin"].astype(float)).groupby("customer_id")["margin"].sum()
    now = built["scores"][built["scores"]["as_of_date"] == pd.Timestamp(AS_OF)].set_index("customer_id")["clv_12m"]
    tiers = built["customer_tiers"]
    tiers = tiers[tiers["as_of_date"] == pd.Timestamp(AS_OF)].set_index("customer_id")["tier"]
    buyers["margin"] = buyers["customer_id"].map(margins).fillna(0)
    buyers["remaining"] = buyers["customer_id"].map(now.astype(float))
    buyers["tier"] = buyers["customer_id"].map(tiers)
    buyers["cohort"] = buyers["first_purchase"] + pd.offsets.MonthEnd(0)
    costs = acquisition_costs(built)
    of_channel = costs.groupby("channel")["amount"].sum() / buyers.groupby("channel").size()
    buyers["channel_cost"] = buyers["channel"].map(of_channel)
    checked = 0
    for row in built["ltv_cac"].itertuples():
        if row.group_kind == "tier":
            members = buyers[buyers["tier"] == row.group_value]
            cac = members["channel_cost"].mean()
        elif row.group_kind == "channel":
            members = buyers[buyers["channel"] == row.group_value]
            cac = of_channel.get(row.group_value, np.nan)
        elif row.group_kind == "campaign":
            members = buyers[buyers["campaign_id"] == row.group_value]
            cac = costs.loc[costs["campaign_id"] == row.group_value, "amount"].sum() / len(members)
        else:
            members = buyers[buyers["cohort"] == pd.Timestamp(row.group_value)]
            spent = costs.loc[costs["month"] == pd.Timestamp(row.group_value), "amount"]
            cac = spent.sum() / len(members) if len(spent) else np.nan
        ltv = members["margin"].mean() + members["remaining"].mean()
        assert row.customers == len(members) > 0, row
        assert float(row.cac) == pytest.approx(cac, abs=1e-3, nan_ok=True), row
        assert float(row.ltv) == pytest.approx(ltv, abs=1e-3, nan_ok=True), row
        assert row.ltv_cac == pytest.approx(ltv / cac, rel=1e-4, nan_ok=True), row
        least = 5 if row.group_value in ("diamond", "gold") else 3  # include/policies/acquisition.yml, tiers.yml
        assert row.minimum_ratio == least
        if np.isfinite(ltv / cac):
            assert row.is_under_minimum == (ltv / cac < least)
            checked += 1
        else:
            assert pd.isna(row.is_under_minimum)
        months = np.nan if pd.isna(row.payback_months) else row.payback_months
        assert months == pytest.approx(payback(built, members, cac), nan_ok=True), row
    kinds = built["ltv_cac"].groupby("group_kind").size()
    assert kinds["channel"] >= 4
    assert kinds["campaign"] == 1
    assert kinds["cohort"] >= 8
    assert checked >= 10
    flagged = built["ltv_cac"]["is_under_minimum"].dropna()
    assert set(flagged) == {True, False}
    assert built["ltv_cac"]["payback_months"].nunique() > 2


def payback(built, members: pd.DataFrame, cac: float) -> float:
    """First month of life, counted from 1, by whose end the mean margin so far reaches the cost."""
    if not np.isfinite(cac):
        return np.nan
    orders = built["fct_orders"].merge(members[["customer_id", "cohort"]], on="customer_id")
    month = (orders["ordered_on"].dt.year - orders["cohort"].dt.year) * 12
    month = (month + orders["ordered_on"].dt.month - orders["cohort"].dt.month).clip(lower=0)
    end = pd.Timestamp(AS_OF) + pd.offsets.MonthBegin(-1) - pd.Timedelta(days=1)
    so_far = 0.0
    for number in range(40):
        alive = (
            members[members["cohort"] + pd.offsets.MonthEnd(number) <= end]
            if number
            else members[members["cohort"] <= end]
        )
        if alive.empty:
            return np.nan
        inside = (month == number) & orders["customer_id"].isin(alive["customer_id"])
        so_far += orders.loc[inside, "gross_margin"].astype(float).sum() / len(alive)
        if so_far >= cac:
            return number + 1
    return np.nan


def test_a_channel_is_what_its_people_became(built):
    everyone = pd.DataFrame(people(built))
    orders, costs = built["fct_orders"], acquisition_costs(built).groupby("channel")["amount"].sum()
    complaints = built["fct_tickets"].query("kind == 'complaint'").groupby("customer_id").size()
    quality = built["channel_quality"].set_index("channel")
    assert set(quality.index) == set(everyone["channel"]) | {"radio"}
    assert (quality.loc["radio", ["leads", "customers", "buyers"]] == 0).all()
    assert float(quality.loc["radio", "acquisition_cost"]) == costs["radio"] and costs["radio"] > 0
    for channel, of in everyone.groupby("channel"):
        row = quality.loc[channel]
        own = orders[orders["customer_id"].isin(of["customer_id"].dropna())]
        buyers = of.dropna(subset=["first_purchase"])
        assert row.leads == of["lead"].notna().sum()
        assert row.invalid_leads == of["invalid"].sum()
        assert (row.customers, row.buyers) == (of["customer_id"].notna().sum(), len(buyers))
        cost = costs.get(channel, np.nan)
        assert row.cost_per_buyer == pytest.approx(cost / len(buyers) if len(buyers) else np.nan, abs=1e-5, nan_ok=True)
        repeat = buyers["second_purchase"].notna().mean()
        assert row.second_purchase_rate == pytest.approx(repeat, abs=1e-6, nan_ok=True)
        whole = buyers[(pd.Timestamp(AS_OF) - buyers["first_purchase"]).dt.days >= 365].set_index("customer_id")
        year = own[own["customer_id"].isin(whole.index)]
        began = year["customer_id"].map(whole["first_purchase"])
        margin = year.loc[(year["ordered_on"] - began).dt.days < 365, "gross_margin"].astype(float).sum()
        assert row.first_year_buyers == len(whole)
        expected = margin / len(whole) if len(whole) else np.nan
        assert row.first_year_margin == pytest.approx(expected, abs=1e-5, nan_ok=True)
        assert pd.isna(row.false_users) and pd.isna(row.false_user_share), "nobody tells what they signed up with"
        sold = ((own["kind"] == "sale") & (own["ordered_on"] >= built["fct_tickets"]["opened_on"].min())).sum()
        told = complaints.reindex(of["customer_id"]).sum()
        assert row.complaint_rate == pytest.approx(told / sold if sold else np.nan, abs=1e-6, nan_ok=True)
        returned, gross = (own[name].astype(float).sum() for name in ("returned_amount", "gross_revenue"))
        assert row.return_rate == pytest.approx(returned / gross if gross else np.nan, abs=1e-6, nan_ok=True)
    assert quality["unpaid_rate"].between(0, 1.5).any()


def test_without_leads_costs_and_the_rest_there_is_a_funnel_and_no_judgement(world):
    orders, lines = shop.orders_and_lines()
    company = world()
    for entity, rows in {"orders": orders, "order_items": lines, "customers": shop.customers(orders)}.items():
        company.load(entity, rows)
    company.build(AS_OF, SELECT)
    funnel = company.read(
        "select step, sum(people) as people, sum(asked) as asked, sum(converted) as converted "
        "from marts.acquisition_funnel group by step"
    ).set_index("step")
    assert funnel.loc[["lead", "referral"], ["people", "converted"]].isna().all(axis=None), "unknown, and not none"
    assert funnel.loc["registration", ["asked", "converted"]].isna().all()
    assert funnel.at["first_purchase", "people"] > 50
    assert funnel.at["referral", "asked"] == funnel.at["first_purchase", "people"]
    quality = company.read("select * from marts.channel_quality")
    assert list(quality["channel"]) == ["unknown"]
    nothing = ["acquisition_cost", "cost_per_buyer", "complaint_rate", "unpaid_rate"]
    assert quality[nothing].isna().all(axis=None)
    judged = company.read("select * from marts.ltv_cac")
    assert len(judged) > 5
    assert judged[["cac", "ltv", "ltv_cac", "is_under_minimum", "payback_months"]].isna().all(axis=None)


def test_nobody_at_all_gives_empty_marts(world):
    company = world().build(AS_OF, SELECT)
    for name in ("acquisition_funnel", "channel_quality", "ltv_cac"):
        assert company.read(f"select * from marts.{name}").empty
