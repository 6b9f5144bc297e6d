"""Scorecards, cost to serve, care and targets against pandas that counts them anew from the rows that were loaded."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import contracts_and_costs, served, shop
from tests.dbt_project.test_semantic_metrics import PLAIN_SQL

AS_OF, LAST = shop.LAST_DAY, date(2024, 3, 31)
FOR_EVER = date(9999, 12, 31)
POLICY = "minimum_cell: 12\nminimum_customers: 5\n"
CELL = ["tier", "stage", "region"]
# Working hours on the wall of a business day that is eight hours ahead of UTC; best customers wait in no queue.
AHEAD, OPENS, CLOSES, HOLIDAY = pd.Timedelta(hours=8), 9, 17, date(2023, 10, 2)
TARGETS = {"complaint": 120, "best": 1200, "any": 720}  # minutes
SERVICE = f"""
calendars:
  - {{calendar: desk, weekdays: [1, 2, 3, 4, 5], from: "09:00", to: "17:00", holidays: closed}}
clocks:
  - {{clock: answer, en: Answered, zh: 响应, of: ticket, starts: opened, ends: first_answered, pauses: stop}}
targets:
  - {{rule: complaint, clock: answer, within: {TARGETS["complaint"]} min, runs: desk, kinds: [complaint]}}
  - {{rule: best, clock: answer, within: {TARGETS["best"]} min, runs: always, tiers: [diamond]}}
  - {{rule: any, clock: answer, within: {TARGETS["any"]} min, runs: desk}}
recovery_stages: [answer]
handled_by: answer
"""


def id_of(key: str) -> str:
    """The id that the crosswalk mints for a key of the web shop."""
    return "c" + hashlib.md5(f"web|{key}".encode()).hexdigest()[:16]


SELECT = "+manager_scorecard +maintenance_cost_by_tier +care_schedule +kpi_scorecard"


def rows_of_the_company() -> dict[str, pd.DataFrame]:
    holiday = {"calendar_key": "d0", "day_on": HOLIDAY, "is_holiday": True, "source": "web"}
    return served.tables() | {
        "subscriptions": contracts_and_costs.subscriptions(),
        "calendar": pd.DataFrame([holiday]),
    }


def company(world, folder: Path):
    """The shop with all that looks after its customers, not yet built; `folder` holds its own policies."""
    (folder / "managers.yml").write_text(POLICY, encoding="utf-8")
    (folder / "service.yml").write_text(SERVICE, encoding="utf-8")
    made = world(folder)
    orders, lines = shop.orders_and_lines()
    listed = pd.concat([shop.customers(orders), served.people()], ignore_index=True)
    sold = {"orders": orders, "order_items": lines, "customers": listed, "products": shop.products()}
    for entity, rows in (rows_of_the_company() | sold).items():
        made.load(entity, rows)
    values = ", ".join(f"('{id_of(f'k{n}')}', date '{LAST}', {100 + 7 * n % 83})" for n in range(60))
    made.execute("insert into ops.business_zones values ('web', 'Asia/Shanghai')")
    made.execute(f"insert into scores.clv_scores (customer_id, as_of_date, clv_12m) values {values}")
    return made


@pytest.fixture(scope="module")
def raw():
    return rows_of_the_company()


@pytest.fixture(scope="module")
def made(world, tmp_path_factory):
    return company(world, tmp_path_factory.mktemp("policies")).build(AS_OF, SELECT)


@pytest.fixture(scope="module")
def standing(made):
    """Tier, stage and region of each buyer at each month-end."""
    return made.read(
        "select stages.customer_id, stages.as_of_date::date::varchar as day, stage, tier, tier_level, "
        "coalesce(region, 'unknown') as region, net_revenue_3m::double as revenue, net_revenue_12m::double as year "
        "from marts.lifecycle_stage as stages join marts.customer_tiers using (customer_id, as_of_date) "
        "join core.customer_metrics using (customer_id, as_of_date) join core.dim_customer using (customer_id) "
        "where stages.is_month_end"
    )


def owners(raw: dict, day: date) -> dict[str, str]:
    rows = raw["manager_assignments"]
    left = {row.manager_key: row.left_on for row in raw["account_managers"].itertuples()}
    held: dict[str, tuple] = {}
    for row in rows.itertuples():
        lasts = row.ends_on if isinstance(row.ends_on, date) else FOR_EVER
        gone = left[row.manager_key] if isinstance(left[row.manager_key], date) else FOR_EVER
        if row.role != "support" and row.starts_on <= day <= lasts and gone > day:
            held[row.customer_key] = max(held.get(row.customer_key, (date.min, "")), (row.starts_on, row.manager_key))
    return {id_of(customer): manager for customer, (_, manager) in held.items()}


def quarters(raw: dict, standing: pd.DataFrame) -> pd.DataFrame:
    """Each buyer's quarters of the last year: the cell at the beginning, and what became."""
    found = []
    for months in (0, 3, 6, 9):
        end = (pd.Timestamp(LAST) - pd.offsets.MonthEnd(months)).date() if months else LAST
        start = (pd.Timestamp(end) - pd.offsets.MonthEnd(3)).date()
        began = standing[(standing.day == str(start)) & ~standing.stage.isin(["prospect", "lost"])]
        ended = standing[standing.day == str(end)]
        both = began.merge(ended, on="customer_id", suffixes=("", "_then"))
        both["manager"] = both["customer_id"].map(owners(raw, start))
        found.append(both)
    rows = pd.concat(found)
    rows["lost"] = rows["stage_then"] == "lost"
    rows["upgraded"] = rows["tier_level_then"] < rows["tier_level"]
    return rows


def expected(rows: pd.DataFrame, figure: str) -> pd.Series:
    """What the whole company's rate of the row's cell is, or of the larger group's where the cell is small."""
    size = rows.groupby(CELL)[figure].transform("size")
    return (
        rows.groupby(CELL)[figure].transform("mean").where(size >= 12, rows.groupby(CELL[:2])[figure].transform("mean"))
    )


def part(made, name: str) -> pd.DataFrame:
    return made.read(
        f"select * from marts.manager_scorecard_parts where as_of_date = '{LAST}' and part = '{name}'"
    ).set_index("manager_id")


@pytest.mark.parametrize(
    ("name", "figure"), [("retention", "lost"), ("upgrades", "upgraded"), ("portfolio_value", "revenue_then")]
)
def test_what_is_expected_of_a_portfolio(made, raw, standing, name, figure):
    rows = quarters(raw, standing)
    rows[figure] = rows[figure].astype(float)
    rows["expected"] = expected(rows, figure)
    truth = rows[rows.manager.notna()].groupby("manager")[[figure, "expected"]].sum()
    found = part(made, name)
    assert set(found.index) == {f"web:{key}" for key in truth.index} - {"web:m2"} and len(found) == 3  # m2 has left
    for manager, row in found.iterrows():
        observed, hoped = truth.loc[manager.removeprefix("web:")]
        assert row["observed"] == pytest.approx(observed, abs=1e-4)
        assert row["expected"] == pytest.approx(hoped, rel=1e-4, abs=1e-3)
        assert row["ratio_lower"] <= row["ratio"] <= row["ratio_upper"]


def test_the_whole_company_is_what_is_expected_of_it(made, standing, raw):
    """With cells that are never small, observed and expected agree for everybody together."""
    rows = quarters(raw, standing)
    assert rows["lost"].sum() == pytest.approx(expected(rows.assign(lost=rows["lost"] * 1.0), "lost").sum(), rel=0.3)


def test_bounds_hold_the_exact_ones_of_poisson(made):
    """Byar's bounds are within 4 % of the exact ones from the chi-square distribution, where something happened."""
    from scipy.stats import chi2

    compared = 0
    for name in ("retention", "upgrades", "sla"):
        for row in part(made, name).itertuples():
            if row.observed >= 3:
                low = chi2.ppf(0.05, 2 * row.observed) / 2 / row.expected
                high = chi2.ppf(0.95, 2 * row.observed + 2) / 2 / row.expected
                assert row.ratio_lower == pytest.approx(low, rel=0.04), name
                assert row.ratio_upper == pytest.approx(high, rel=0.04), name
                compared += 1
    assert compared >= 3


def deadline(opened: pd.Timestamp, minutes: float, by_hours: bool) -> pd.Timestamp:
    """The moment in UTC at which so many minutes are over, counted one by one where only working hours count."""
    if not by_hours:
        return opened + pd.Timedelta(minutes=minutes)
    moments = pd.date_range(opened, periods=30 * 1440, freq="min") + AHEAD
    works = (moments.weekday < 5) & (moments.hour >= OPENS) & (moments.hour < CLOSES) & (moments.date != HOLIDAY)
    return moments[np.searchsorted(np.cumsum(works), minutes)] + pd.Timedelta(minutes=1) - AHEAD


def test_late_tickets(made, raw):
    """By the hours, pauses and rules of the service policy; expected under the same rule, of the kind and priority."""
    tiers = made.read("select customer_id, as_of_date::date as day, tier from marts.customer_tiers where is_month_end")
    tiers = tiers.set_index(["customer_id", tiers["day"].dt.date])["tier"].to_dict()
    tickets = raw["tickets"].copy()
    rows = []
    for row in tickets.itertuples():
        before = row.opened_on.replace(day=1) - timedelta(days=1)
        is_best = tiers.get((id_of(row.customer_key), before)) == "diamond"
        rule = "complaint" if row.kind == "complaint" else "best" if is_best else "any"
        paused = 0 if pd.isna(row.paused_minutes) else row.paused_minutes
        due = deadline(row.opened_at, TARGETS[rule] + paused, rule != "best")
        late = pd.isna(row.first_answered_at) or row.first_answered_at > due
        rows.append((rule, (due + AHEAD).date(), float(late), owners(raw, row.opened_on).get(id_of(row.customer_key))))
    tickets[["rule", "due_on", "late", "manager"]] = pd.DataFrame(rows, dtype=object)
    tickets["late"] = tickets["late"].astype(float)
    tickets["kind"] = tickets["kind"].fillna("unknown")
    tickets = tickets[(tickets["due_on"] <= LAST) & (tickets["due_on"] > date(2023, 3, 31))]
    group = tickets.groupby(["rule", "kind", "priority"])["late"]
    tickets["rate"] = group.transform("mean").where(
        group.transform("size") >= 12, tickets.groupby("rule")["late"].transform("mean")
    )
    assert set(tickets["rule"]) == set(TARGETS) and group.size().min() < 12 <= group.size().max()
    truth = tickets[tickets.manager.notna()].groupby("manager")[["late", "rate"]].sum()
    found = part(made, "sla")
    assert len(found) == 3
    for manager, row in found.iterrows():
        late, rate = truth.loc[manager.removeprefix("web:")]
        assert (row["observed"], row["expected"]) == (late, pytest.approx(rate, abs=1e-3))


def test_lifetime_value_is_shared_and_not_multiplied(made):
    """Owner and supporters of a customer have the customer's value between them."""
    shared = made.read(f"select sum(shared_ltv) as v from marts.manager_scorecard where as_of_date = '{LAST}'")["v"][0]
    held = made.read(
        "select sum(clv_12m) as v from marts.clv_scores where customer_id in "
        f"(select customer_id from int.int_managers__held where as_of_date = '{LAST}') and as_of_date = '{LAST}'"
    )["v"][0]
    assert float(shared) == pytest.approx(float(held), abs=0.01) and shared > 0


def test_collaboration_is_what_colleagues_say(made, raw):
    rows = raw["surveys"].dropna(subset=["score"])
    rows = rows[(rows["asked_on"] <= LAST) & (rows["asked_on"] > date(2023, 3, 31))]
    everyone = rows["score"].mean()
    for manager, row in part(made, "collaboration").iterrows():
        scores = rows[rows["manager_key"] == manager.removeprefix("web:")]["score"]
        assert row["ratio"] == pytest.approx(scores.mean(), abs=1e-6)
        assert row["judged"] == pytest.approx((scores.sum() + 4 * everyone) / (len(scores) + 4), abs=1e-5)


def test_a_score_is_its_points_and_a_rank_is_within_the_level(made):
    cards = made.read("select * from marts.manager_scorecard")
    parts = made.read(
        "select manager_id, as_of_date, sum(score_points) as points from marts.manager_scorecard_parts group by all"
    )
    both = cards.merge(parts, on=["manager_id", "as_of_date"]).dropna(subset=["score"])
    assert len(both) > 20 and np.allclose(both["score"], both["points"], atol=1e-3)
    ranked = cards[cards["level_rank"].notna()]
    for _, peers in ranked.groupby(["as_of_date", "level"]):
        assert (peers["level_rank"] == peers["score"].rank(ascending=False, method="min")).all()
    assert cards.loc[cards["is_small"], "level_rank"].isna().all()
    changed = cards.dropna(subset=["score_before"])
    before = cards.set_index(["manager_id", "as_of_date"])["score"]
    for row in changed.itertuples():
        assert row.score_before == before[row.manager_id, row.as_of_date - pd.offsets.MonthEnd(1)]


def booked(raw: dict, day: date) -> float:
    """All that was booked in the 12 months that end on a day: bookings, contacts, touches, campaigns, spend."""
    first = (pd.Timestamp(day) + pd.Timedelta(days=1) - pd.DateOffset(months=12)).date()

    def within(entity: str, column: str) -> pd.DataFrame:
        rows = raw[entity]
        return rows[(rows[column] >= first) & (rows[column] <= day)]

    touches = within("campaign_touches", "touched_on")
    touches = touches[~touches["is_control"].astype(bool)]
    total = within("service_costs", "incurred_on")["amount"].astype(float).sum()
    total += within("contacts", "started_on")["cost"].dropna().astype(float).sum()
    total += touches["cost"].astype(float).sum()
    spend = within("marketing_spend", "spent_on")
    spend = spend[(spend["purpose"] != "acquisition") & (spend["campaign_key"] != "g0")]
    total += spend["amount"].astype(float).sum()
    so_far = raw["campaign_touches"]
    so_far = so_far[(so_far["touched_on"] <= day) & ~so_far["is_control"].astype(bool)]
    for row in within("campaigns", "starts_on").dropna(subset=["cost"]).itertuples():
        own = so_far[so_far["campaign_key"] == row.campaign_key]["cost"].astype(float).sum()
        total += max(float(row.cost) - own, 0)
    return total


@pytest.mark.parametrize("day", [date(2023, 3, 31), date(2023, 9, 30), LAST, AS_OF])
def test_costs_close_to_all_that_was_booked(made, raw, day):
    by_tier = made.read(f"select * from marts.maintenance_cost_by_tier where as_of_date = '{day}'")
    assert float(by_tier["cost_to_serve"].sum()) == pytest.approx(booked(raw, day), abs=0.0001)
    customers = made.read(f"select sum(cost_to_serve) as v from marts.maintenance_cost where as_of_date = '{day}'")[
        "v"
    ][0]
    assert customers == pytest.approx(by_tier[by_tier["tier"] != "unassigned"]["cost_to_serve"].sum(), abs=1e-6)


def test_shared_costs_go_by_their_driver(made, raw):
    """Technology that was booked on nobody is borne alike by all who bought in the year, to a ten-thousandth."""
    rows = raw["service_costs"]
    first = (pd.Timestamp(AS_OF) + pd.Timedelta(days=1) - pd.DateOffset(months=12)).date()
    rows = rows[(rows["incurred_on"] >= first) & (rows["incurred_on"] <= AS_OF) & rows["customer_key"].isna()]
    shared = rows.assign(amount=rows["amount"].astype(float)).groupby("kind")["amount"].sum()
    found = made.read(
        "select shared.* from marts.maintenance_cost as costs join core.customer_metrics as metrics "
        "using (customer_id, as_of_date) join (select customer_id, technology_cost from marts.maintenance_cost "
        "where is_current) as shared using (customer_id) where costs.is_current and orders_12m > 0 "
        "and not exists (from int.int_maintenance__direct as direct where direct.customer_id = costs.customer_id "
        "and direct.as_of_date = costs.as_of_date and coalesce(direct.technology, 0) <> 0)"
    )
    buyers = made.read("select count(*) as n from core.customer_metrics where is_current and orders_12m > 0")["n"][0]
    assert len(found) >= 3
    assert np.allclose(found["technology_cost"].astype(float), shared["technology"] / buyers, atol=0.00011)


def test_care_is_due_when_the_policy_says(made, raw):
    care = made.read("select * from marts.care_schedule")
    care["due_on"], care["opens_on"] = care["due_on"].dt.date, care["opens_on"].dt.date
    from_on, until_on = AS_OF - timedelta(days=30), AS_OF + timedelta(days=30)
    people = made.read(
        "select customer_id, first_order_on, created_on, birth_on, accepts_marketing from core.dim_customer"
    )
    began = people["first_order_on"].fillna(people["created_on"]).dt.date
    for occasion, days in {"first_week": 7, "three_months": 91, "six_months": 182}.items():
        due = {
            (customer, start + timedelta(days=days))
            for customer, start in zip(people["customer_id"], began, strict=True)
            if isinstance(start, date) and start == start and from_on <= start + timedelta(days=days) <= until_on
        }
        rows = care[care["occasion"] == occasion]
        assert set(zip(rows["customer_id"], rows["due_on"], strict=True)) == due, occasion
    born = people.dropna(subset=["birth_on"])
    months = {day.replace(day=1) for day in (AS_OF, until_on) if from_on <= day.replace(day=1) <= until_on}
    due = {
        (row.customer_id, month) for row in born.itertuples() for month in months if row.birth_on.month == month.month
    }
    rows = care[care["occasion"] == "birthday"]
    assert set(zip(rows["customer_id"], rows["due_on"], strict=True)) == due and len(due) > 3
    assert (care.groupby("occasion").size() > 0).reindex(["points_expiry", "monthly_contact"]).all()


def test_care_that_was_given_is_done(made, raw):
    care = made.read("select * from marts.care_schedule")
    contacts = raw["contacts"]
    useful = contacts[contacts["purpose"].isin(["care", "service", "sales"]) & (contacts["answered_by"] != "nobody")]
    days = useful.groupby("customer_key")["started_on"].apply(list).to_dict()
    days = {id_of(key): found for key, found in days.items()}
    states = set()
    for row in care.itertuples():
        counted = [day for day in days.get(row.customer_id, []) if row.opens_on.date() <= day <= AS_OF]
        assert (row.done_on.date() if counted else None) == (min(counted) if counted else None), row
        state = (
            "done"
            if counted
            else "overdue"
            if row.due_on.date() < AS_OF
            else "due"
            if row.opens_on.date() <= AS_OF
            else "planned"
        )
        assert row.status == state
        states.add(state)
    assert states == {"done", "overdue", "due", "planned"}


def test_care_goes_to_the_owner_by_a_channel_that_is_allowed(made, raw):
    care = made.read("select * from marts.care_schedule")
    held = owners(raw, AS_OF)
    known = made.read("select customer_id, accepts_marketing, phone_status, email_status from core.dim_customer")
    known = known.set_index("customer_id")
    consents = known["accepts_marketing"].eq(True).fillna(False)
    used = raw["contacts"]
    first = (pd.Timestamp(AS_OF) + pd.Timedelta(days=1) - pd.DateOffset(months=12)).date()
    used = used[(used["direction"] == "inbound") & (used["started_on"] >= first)]
    used = used.assign(customer_id=used["customer_key"].map(id_of)).groupby(["customer_id", "channel"]).size()
    reasons = set()
    for row in care.itertuples():
        manager = held.get(row.customer_id)
        assert (row.manager_id if manager else row.team) == (f"web:{manager}" if manager else "customer_care")
        person = known.loc[row.customer_id]
        service = row.occasion in ("first_week", "points_expiry", "subscription_expiry")
        channels = ["call", "message"] * (person["phone_status"] == "valid") + ["email"] * (
            person["email_status"] == "valid"
        )
        if not service and not consents[row.customer_id]:
            assert row.channel_reason == "no_consent" and pd.isna(row.channel)
        elif not channels:
            assert row.channel_reason == "not_reachable"
        else:
            best = max(
                channels, key=lambda channel: (used.get((row.customer_id, channel), 0), -channels.index(channel))
            )
            assert row.channel == best
        reasons.add(row.channel_reason)
    assert {"no_consent", "not_reachable", "preferred"} <= reasons


@pytest.mark.parametrize("metric", PLAIN_SQL)
def test_figures_of_the_scorecard_are_the_semantic_metrics(made, metric):
    plain = made.read(
        f"select last_day(month)::date as month_end, value::double as value from ({PLAIN_SQL[metric]}) "
        "where month is not null"
    )
    plain = plain.set_index("month_end")["value"]
    ours = made.read(f"select month_end, actual from marts.kpi_scorecard where metric = '{metric}'").set_index(
        "month_end"
    )["actual"]
    assert len(ours) >= 17
    for month, value in ours.items():
        other = plain.get(month, np.nan)
        if not (np.isnan(value) and other == 0) and not (np.isnan(other) and (np.isnan(value) or value == 0)):
            assert value == pytest.approx(other, rel=1e-6, abs=1e-6), month


def test_targets_are_judged_by_their_direction(made):
    card = made.read("select * from marts.kpi_scorecard")
    judged = card[card["status"].isin(["met", "near", "missed"])]
    assert len(judged) > 50
    for row in judged.itertuples():
        miss = (row.target - row.actual) * (1 if row.direction == "at_least" else -1)
        status = "met" if miss <= 0 else "near" if miss <= 0.05 * abs(row.target) else "missed"
        assert row.status == status or abs(miss) < 1e-5, row
    growing = card[(card["metric"] == "net_revenue") & card["year_before"].notna()]
    assert np.allclose(growing["target"], growing["year_before"] + 0.05 * growing["year_before"].abs(), atol=1e-5)
    assert (
        card[~card["is_whole_month"]]["status"].isin(["in_progress", "unknown", "no_target", "no_year_before"])
    ).all()
