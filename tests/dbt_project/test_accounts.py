"""Accounts and households against a second computation: every unit and date by itself, from the raw rows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from include.privacy.people import record_columns
from tests.dbt_project import company

ALWAYS, FOR_EVER = date(1900, 1, 1), date(9999, 12, 31)


@pytest.fixture(scope="module")
def made(world):
    crm = world()
    for entity, rows in company.tables().items():
        crm.load(entity, rows)
    return crm.build(company.LAST, select="+account_review +dim_account +dim_household")


@pytest.fixture(scope="module")
def raw():
    return {entity: rows.astype(object).where(rows.notna(), None) for entity, rows in company.tables().items()}


@pytest.fixture(scope="module")
def metrics(made):
    rows = made.read("select * from core.account_metrics").astype(object)
    rows = rows.where(rows.notna(), None)
    return {
        (row["unit_kind"], row["unit_id"].removeprefix("crm:"), row["as_of_date"].date()): row
        for row in rows.to_dict("records")
    }


def test_a_column_of_ids_holds_those_of_the_record_it_is_named_after(made):
    """An erasure takes a person's rows by these names: an order's id under another name is another's row lost."""
    for column, entity in record_columns().items():
        known = f"(select source || ':' || {entity.key} from raw.{entity.name})"
        for table in made.read(
            "select schema_name || '.' || table_name as place from duckdb_columns() "
            f"where column_name = '{column}' and schema_name in ('int', 'core', 'marts')"
        )["place"]:
            strangers = made.read(
                f"select count(*) as n from {table} where {column} is not null and {column} not in {known}"
            )
            assert strangers["n"].item() == 0, (table, column)


def groups_of(account: str) -> set[str]:
    """The account and those above it; four steps at most."""
    found, step = {account}, account
    for _ in range(4):
        step = company.PARENTS.get(step)
        if step is None or step == "nobody":
            break
        found.add(step)
    return found


def account_of(row: dict, day: date, members: list[dict], known: set[str]) -> str | None:
    """The account that the row names, else that of the membership of that day which began last."""
    if row["account_key"] in known:
        return row["account_key"]
    held = [
        member
        for member in members
        if member["customer_key"] == row["customer_key"]
        and (member["starts_on"] or ALWAYS) <= day <= (member["ends_on"] or FOR_EVER)
    ]
    held.sort(key=lambda member: member["account_key"])
    held.sort(key=lambda member: member["starts_on"] or ALWAYS, reverse=True)
    return held[0]["account_key"] if held else None


def units_of(raw: dict) -> dict[tuple[str, str], dict[str, list[dict]]]:
    """For each account and household the raw rows that count for it, by entity."""
    members = raw["account_members"].to_dict("records")
    known = set(raw["accounts"]["account_key"])
    household = dict(zip(raw["customers"]["customer_key"], raw["customers"]["household_key"], strict=True))
    days = {"orders": "ordered_on", "tickets": "opened_on", "surveys": "answered_on", "payments": "issued_on"}
    counted: dict[tuple[str, str], dict[str, list[dict]]] = {("account", key): {} for key in known}
    for entity in (*days, "service_costs"):
        for row in raw[entity].to_dict("records"):
            day = row[days.get(entity, "incurred_on")]
            if day is None:
                continue
            account = account_of(row, day, members, known)
            units = [("account", group) for group in groups_of(account)] if account else []
            if household[row["customer_key"]]:
                units.append(("household", household[row["customer_key"]]))
            for unit in units:
                counted.setdefault(unit, {}).setdefault(entity, []).append(row | {"own": unit[1] == account})
    return counted


def months_before(day: date, months: int) -> date:
    """The last day before the window of so many months that ends on `day`."""
    return (pd.Timestamp(day) + pd.Timedelta(days=1) - pd.DateOffset(months=months)).date() - timedelta(days=1)


def figures(rows: dict[str, list[dict]], day: date) -> dict[str, object]:
    def within(entity: str, column: str, months: int, until: date = day) -> list[dict]:
        return [row for row in rows.get(entity, []) if months_before(until, months) < row[column] <= until]

    def revenue(found: list[dict]):
        return sum(row["amount"] for row in found)

    orders = within("orders", "ordered_on", 12)
    nps = [row["score"] for row in within("surveys", "answered_on", 12) if row["kind"] == "nps"]
    csat = [row["score"] for row in within("surveys", "answered_on", 12) if row["kind"] == "csat"]
    promoters = sum(score >= 9 for score in nps) - sum(score <= 6 for score in nps)
    unpaid = [
        row["amount_due"]
        for row in rows.get("payments", [])
        if row["due_on"] < day
        and (row["paid_on"] is None or row["paid_on"] > day)
        and (row["written_off_amount"] is None or row["due_on"] + timedelta(days=180) > day)
    ]
    return {
        "orders_lifetime": sum(row["kind"] == "sale" for row in within("orders", "ordered_on", 1000)),
        "orders_12m": sum(row["kind"] == "sale" for row in orders),
        "orders_3m": sum(row["kind"] == "sale" for row in within("orders", "ordered_on", 3)),
        "net_revenue_lifetime": revenue(within("orders", "ordered_on", 1000)),
        "net_revenue_12m": revenue(orders),
        "net_revenue_3m": revenue(within("orders", "ordered_on", 3)),
        "own_net_revenue_12m": revenue([row for row in orders if row["own"]]) if rows.get("is_account") else None,
        "gross_margin_12m": Decimal("0.25") * revenue(orders),
        "net_revenue_6m": revenue(within("orders", "ordered_on", 6)),
        "previous_3m": revenue(within("orders", "ordered_on", 3, months_before(day, 3))),
        "tickets_12m": len(within("tickets", "opened_on", 12)),
        "complaints_12m": sum(row["kind"] == "complaint" for row in within("tickets", "opened_on", 12)),
        "nps_answers_12m": len(nps),
        "nps_12m": round(100 * promoters / len(nps), 6) if nps else None,
        "csat_12m": round(sum(csat) / len(csat), 6) if csat else None,
        "billed_12m": sum(row["amount_due"] for row in within("payments", "issued_on", 12)),
        "overdue_amount": sum(unpaid),
        "service_cost_12m": sum(row["amount"] for row in within("service_costs", "incurred_on", 12)),
    }


def test_figures_of_every_unit_and_date(raw, metrics):
    compared = 0
    for unit, rows in units_of(raw).items():
        for kind, key, day in [at for at in metrics if at[:2] == unit]:
            found = metrics[kind, key, day]
            truth = figures(rows | {"is_account": kind == "account"}, day)
            truth["net_revenue_previous_3m"] = truth.pop("previous_3m")
            for column, value in truth.items():
                if column == "own_net_revenue_12m" and value is None:
                    value = truth["net_revenue_12m"]
                if column == "net_revenue_previous_3m" and months_before(day, 6) >= date(2023, 3, 1) - timedelta(
                    days=1
                ):
                    pass
                elif column == "net_revenue_previous_3m":
                    continue
                assert found[column] == value, (unit, day, column)
                compared += 1
    assert compared > 3000


def test_revenue_of_accounts_adds_up_once(raw, metrics):
    """Own revenue over all accounts is the revenue that has an account, whichever way the groups are nested."""
    day = company.LAST
    members, known = raw["account_members"].to_dict("records"), set(raw["accounts"]["account_key"])
    counted = [
        row["amount"]
        for row in raw["orders"].to_dict("records")
        if months_before(day, 12) < row["ordered_on"] <= day and account_of(row, row["ordered_on"], members, known)
    ]
    own = [row["own_net_revenue_12m"] for at, row in metrics.items() if at[0] == "account" and at[2] == day]
    assert len(own) == 9 and sum(own) == sum(counted)


def test_members_are_those_of_the_day_in_their_roles(raw, metrics):
    members = raw["account_members"].to_dict("records")
    created = dict(zip(raw["accounts"]["account_key"], raw["accounts"]["created_on"], strict=True))
    for (kind, key, day), found in metrics.items():
        if kind == "household":
            assert found["members"] == 2 and found["owners"] is None
            continue
        held = [
            member
            for member in members
            if key in groups_of(member["account_key"])
            and (member["starts_on"] or ALWAYS) <= day <= (member["ends_on"] or FOR_EVER)
            and (created[member["account_key"]] or ALWAYS) <= day
        ]
        assert found["members"] == len({member["customer_key"] for member in held}), (key, day)
        for role in ("owner", "buyer", "payer", "user"):
            truth = len({member["customer_key"] for member in held if member["role"] == role})
            assert found[f"{role}s"] == truth, (key, day, role)
    assert ("account", "a7", date(2024, 1, 31)) not in metrics and ("account", "a7", date(2024, 2, 29)) in metrics


def test_dimensions_tell_the_members_of_today(made, raw, metrics):
    accounts = made.read("select * from core.dim_account").set_index("account_id")
    assert accounts["accounts_below"].to_dict() == {
        f"crm:{key}": below for key, below in zip([f"a{n}" for n in range(9)], [3, 0, 1, 0, 0, 1, 1, 0, 0], strict=True)
    }
    assert accounts.loc["crm:a3", "group_account_id"] == "crm:a0"
    assert accounts.loc["crm:a4", "members"] == metrics["account", "a4", company.LAST]["members"]
    households = made.read("select household_id, members from core.dim_household").set_index("household_id")["members"]
    assert households.to_dict() == {f"crm:h{number}": 2 if number < 5 else 0 for number in range(6)}


WEIGHTS = {
    "revenue_trend": 25,
    "service": 15,
    "satisfaction": 15,
    "payment": 15,
    "engagement": 10,
    "member_quality": 10,
    "retention": 10,
}


def known_parts(own: dict, mean_tier_level: float) -> dict[str, float]:
    """Scores by the shipped policy; nobody here has a churn score."""
    parts = {}
    if (own["net_revenue_previous_6m"] or 0) > 0:
        growth = float(own["net_revenue_6m"] / own["net_revenue_previous_6m"]) - 1
        parts["revenue_trend"] = 50 + 100 * min(max(growth, -0.5), 0.5)
    if own["orders_12m"] and own["complaints_12m"] is not None:
        parts["service"] = 100 * (1 - min(own["complaints_12m"] / own["orders_12m"] / 0.2, 1))
    elif own["complaints_12m"] and own["orders_12m"] is not None:
        parts["service"] = 0
    answers = [(own["nps_12m"] + 100) / 2] if own["nps_12m"] is not None else []
    answers += [25 * (own["csat_12m"] - 1)] if own["csat_12m"] is not None else []
    if answers:
        parts["satisfaction"] = sum(answers) / len(answers)
    if own["billed_12m"]:
        parts["payment"] = 100 * (1 - min(float(own["overdue_amount"] / own["billed_12m"]) / 0.2, 1))
    elif own["overdue_amount"]:
        parts["payment"] = 0
    if own["members"]:
        parts["engagement"] = 100 * own["buying_members_3m"] / own["members"]
    if not pd.isna(mean_tier_level):
        parts["member_quality"] = 100 * (1 - (mean_tier_level - 1) / 3)
    return parts


def test_health_is_the_weighted_mean_of_its_known_parts(made, metrics):
    for row in made.read("select * from marts.account_value").to_dict("records"):
        own = metrics[row["unit_kind"], row["unit_id"].removeprefix("crm:"), row["as_of_date"].date()]
        known = known_parts(own, row["mean_tier_level"])
        found = {part: row[f"{part}_score"] for part in WEIGHTS if not pd.isna(row[f"{part}_score"])}
        assert found == pytest.approx(known, abs=1e-3), row
        weight = sum(WEIGHTS[part] for part in known)
        assert row["known_weight"] == pytest.approx(weight / 100)
        if weight < 50:
            assert pd.isna(row["health_score"]) and pd.isna(row["health_band"])
        else:
            score = sum(WEIGHTS[part] * score for part, score in known.items()) / weight
            assert row["health_score"] == pytest.approx(score, abs=0.01)
            band = "healthy" if row["health_score"] >= 70 else "watch" if row["health_score"] >= 45 else "at_risk"
            assert row["health_band"] == band


def test_key_accounts_are_reviewed_at_the_ends_of_quarters(made, metrics):
    value = made.read("select * from marts.account_value where unit_kind = 'account'")
    reviews = made.read("select * from marts.account_review")
    assert {"crm:a0", "crm:a4"} <= set(reviews["account_id"]) and "crm:a2" not in set(reviews["account_id"])
    key = value[value["is_key_account"] & value["is_month_end"] & value["as_of_date"].dt.month.isin([3, 6, 9, 12])]
    assert set(zip(key["unit_id"], key["as_of_date"], strict=True)) == set(
        zip(reviews["account_id"], reviews["as_of_date"], strict=True)
    )
    for row in reviews.to_dict("records"):
        unit, day = row["account_id"].removeprefix("crm:"), row["as_of_date"].date()
        before = (pd.Timestamp(day) - pd.offsets.MonthEnd(3)).date()
        earlier = metrics.get(("account", unit, before))
        for measure in ("net_revenue_3m", "orders_3m", "members", "complaints_3m", "overdue_amount"):
            now = metrics["account", unit, day][measure]
            assert row[measure] == float(now)
            if earlier and earlier[measure] is not None:
                assert row[f"{measure}_change"] == pytest.approx(float(now) - float(earlier[measure]))
        if not pd.isna(row["complaints_3m_change"]) and row["complaints_3m_change"] >= 8:
            assert "complaints" in row["loss_words_en"]
    assert reviews["gain_words_zh"].notna().sum() >= 5


def test_a_company_of_customers_and_orders_alone_has_households_of_nobody(world):
    crm = world()
    for entity in ("customers", "orders"):
        rows = company.tables()[entity].drop(columns=["account_key", "household_key"], errors="ignore")
        crm.load(entity, rows)
    crm.build(company.LAST, select="+account_review +points_balance +customer_milestones +tier_benefits")
    assert crm.read("select count(*) as n from marts.account_value")["n"][0] == 0
    points = crm.read("select * from marts.points_balance")
    assert len(points) > 100 and points["balance_points"].isna().all() and points["growth_points"].notna().all()
