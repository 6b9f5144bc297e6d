"""Next best actions against a reading of every customer by hand, over two nights and the days after them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import floor

import numpy as np
import pandas as pd
import pytest

from include.actions.act import told_counts
from include.actions.decided import DECIDED
from include.actions.ledger import open_ledger
from include.scoring.actions import _choose, decide_actions, read_ledger
from include.scoring.churn_inputs import read_churn_features

FIRST, SECOND, AFTER = date(2024, 5, 31), date(2024, 6, 20), date(2024, 8, 10)
WRITTEN, OPENED = range(3, 280, 17), range(5, 280, 17)
BEFORE_FIRST = 20  # customers who come one a day, the last of them before the second night
POLICY = """
contact_days: 30
contacts_at_most: 2
consent: [email]
control_share: 0.15
open_days: 5
outcome_days: 40
approve_over_cost: 100
approve_over_actions: 1000
approve_over_demoted: 0.9
team: care
actions:
  - {action: stay_mail, en: Stay, zh: 留下, kind: message, channel: email, objective: retention, at_stake: leaving,
     cost: 0.5, effect: 0.02, source: guess, due_days: 2, again_days: 60, risks: [high, medium]}
  - {action: stay_call, en: Call, zh: 致电, kind: call, channel: call, team: desk, for_manager: true,
     objective: retention, at_stake: leaving, cost: 10, effect: 0.1, source: guess, due_days: 4, again_days: 90,
     risks: [high], when: "orders_lifetime >= 3"}
  - {action: more_points, en: Points, zh: 积分, kind: points, channel: app, objective: loyalty, at_stake: order,
     cost: 2, effect: 0.1, source: guess, due_days: 3, again_days: 30, tiers: [diamond, gold, silver], points: 100}
  - {action: gift, en: Gift, zh: 礼品, kind: gift, channel: post, objective: retention, at_stake: leaving,
     cost: 5, effect: 0.05, source: guess, due_days: 9, again_days: 365, benefit: annual_gift}
budgets:
  - {budget: money,  en: m, zh: m, unit: cost,    per: month, limit: 150}
  - {budget: calls,  en: c, zh: c, unit: actions, per: date,  limit: 4, kinds: [call]}
  - {budget: desk,   en: d, zh: d, unit: cost,    per: date,  limit: 30, teams: [desk]}
  - {budget: mails,  en: e, zh: e, unit: actions, per: month, limit: 60, channels: [email]}
"""
ACTIONS = {"stay_mail": (0.5, 0.02), "stay_call": (10, 0.1), "more_points": (2, 0.1), "gift": (5, 0.05)}
CHANNEL = {"stay_mail": "email", "stay_call": "call", "more_points": "app", "gift": "post"}
SELECTED = "+customer_actions +action_batches +action_budgets +action_outcomes"


def tables() -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(4)
    people = pd.DataFrame({"customer_key": [f"k{n:03}" for n in range(300)]}).assign(source="shop", kind="person")
    came = [date(2024, 1, 5)] * 280 + [date(2024, 6, 1) + timedelta(days=n) for n in range(BEFORE_FIRST)]
    people["created_on"] = came
    people["created_at"] = pd.to_datetime(people["created_on"])
    people["accepts_marketing"] = [(True, True, True, None, False)[n % 5] for n in range(300)]
    people["email"] = [f"p{n}@post.example" if n % 7 else None for n in range(300)]
    people["phone"] = [f"+44 20 7946 {n:04}" if n % 11 else None for n in range(300)]
    orders = []
    for key, first in zip(people["customer_key"], came, strict=True):
        for number in range(1 + int(random.poisson(4))):
            day = first + timedelta(days=int(random.integers(0, 215)))
            if day <= AFTER:
                orders.append((f"{key}-{number}", key, day, round(float(random.gamma(2, 60)), 2)))
    orders = pd.DataFrame(orders, columns=["order_key", "customer_key", "ordered_on", "amount"])
    orders = orders.assign(source="shop", kind="sale", ordered_at=pd.to_datetime(orders["ordered_on"]))
    contacts = [
        (f"o{n}-{times}", f"k{n:03}", date(2024, 5, 10 + times), "outbound" if n % 2 else "inbound")
        for n in range(0, 280, 9)
        for times in range(1 + n % 3)
    ]
    contacts = pd.DataFrame(contacts, columns=["contact_key", "customer_key", "started_on", "direction"])
    contacts = contacts.assign(source="shop", channel="call", started_at=pd.to_datetime(contacts["started_on"]))
    # A campaign that writes three times; of another only openings are told, of which the first is the contact.
    written = [("letter", n, "sent", date(2024, 4, 20) + timedelta(days=day)) for n in WRITTEN for day in (0, 15, 35)]
    written += [("card", n, "opened", date(2024, 5, 20) + timedelta(days=day)) for n in OPENED for day in (0, 8)]
    touches = pd.DataFrame(written, columns=["campaign_key", "n", "kind", "touched_on"]).assign(source="shop")
    touches["customer_key"] = [f"k{n:03}" for n in touches.pop("n")]
    touches["touch_key"] = [f"t{n}" for n in range(len(touches))]
    managers = pd.DataFrame({"manager_key": ["m1"], "source": "shop", "hired_on": date(2020, 1, 1)})
    assigned = pd.DataFrame({"customer_key": [f"k{n:03}" for n in range(0, 300, 2)], "manager_key": "m1"})
    assigned = assigned.assign(
        source="shop", starts_on=date(2024, 1, 1), assignment_key=[f"a{n}" for n in range(len(assigned))]
    )
    return {
        "customers": people,
        "orders": orders,
        "contacts": contacts,
        "campaign_touches": touches.assign(touched_at=pd.to_datetime(touches["touched_on"])),
        "account_managers": managers,
        "manager_assignments": assigned,
    }


def scores(ids: pd.DataFrame, day: date) -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(day.day)
    rows = ids[["customer_id"]].assign(as_of_date=day)
    chance = random.random(len(rows)).round(4)
    churn = rows.assign(lead_days=90, churn_probability=chance, model_version="3")
    risks = rows.assign(lead_days=90, risk_tier=np.select([chance >= 0.6, chance >= 0.3], ["high", "medium"], "low"))
    clv = rows.assign(
        clv_12m=random.gamma(1, 150, len(rows)).round(2), expected_spend=random.gamma(3, 40, len(rows)).round(2)
    )
    return {"churn_scores": churn, "churn_risk_tiers": risks, "clv_scores": clv.assign(model_version="5")}


def night(company, day: date, also: str = "") -> dict[str, pd.DataFrame]:
    """Build for a date, decide, build what stands on it; returns the scores of the date with the customers' keys."""
    company.build(day, "stg_crm__exchange_rates", data_tests=False)  # for the ids alone
    ids = company.read("select distinct customer_id, customer_key from core.customer_xref order by 2")
    told = scores(ids, day)
    with company.connect() as connection:
        for table, frame in told.items():
            connection.register("rows", frame)
            connection.execute(f"delete from scores.{table} where as_of_date = ?", [day])
            connection.execute(f"insert into scores.{table} by name from rows")
            connection.unregister("rows")
        read_ledger(company.workspace, connection, day)
    company.build(day, SELECTED + also, data_tests=bool(also))
    with company.dbt.environment():
        decide_actions(company.workspace, lambda line: None)
    company.dbt("build", "--no-write-json", "--select", "tag:decided", "--exclude-resource-type", "unit_test")
    return {**told, "ids": ids}


def note(company, day: date, question: str | None = None) -> pd.DataFrame:
    """What `act` does with a night's actions, all of which arrive."""
    actions = company.read("select * from marts.customer_actions where is_decided_now order by action_key")
    rows = actions[list(DECIDED)].astype(object).where(actions[list(DECIDED)].notna(), None)
    for name, kind in DECIDED.items():
        if kind == "date":
            rows[name] = [str(value.date()) for value in rows[name]]
        elif kind.startswith("decimal"):
            rows[name] = [None if value is None else float(value) for value in rows[name]]
    with company.dbt.environment(), open_ledger(company.workspace) as ledger:
        ledger.note_batch(str(day), "b", question, rows.itertuples(index=False))
        keys = [row["action_key"] for row in ledger.ready(10_000)]
        ledger.send(keys)
        ledger.acknowledge(keys)
        assert "waiting 0" in told_counts(ledger) or question
    return actions


@pytest.fixture(scope="module")
def made(world, tmp_path_factory):
    policies = tmp_path_factory.mktemp("policies")
    (policies / "actions.yml").write_text(POLICY, encoding="utf-8")
    company = world(policies)
    with company.dbt.environment():
        (company.workspace.kept / "actions.db").unlink(missing_ok=True)
    rows = tables()
    for entity, frame in rows.items():
        company.load(entity, frame)
    known = {"rows": rows}
    for day in (FIRST, SECOND):
        told = night(company, day)
        known[day] = {
            **told,
            "candidates": company.read('select * from "int".int_actions__candidates'),
            "controls": company.read('select * from "int".int_actions__controls').set_index("customer_id")[
                "is_control"
            ],
            "budgets": company.read("select * from marts.action_budgets").set_index("budget"),
            "batch": company.read("select * from marts.action_batches").iloc[0],
            "tiers": company.read(f"select customer_id, tier from marts.customer_tiers where as_of_date = '{day}'"),
            "strata": company.read(
                "select customer_id, tier from marts.customer_tiers where as_of_date = '2024-03-31'"
            ),
            "metrics": company.read(f"select * from core.customer_metrics where as_of_date = '{day}'"),
            "actions": note(company, day),
        }
    yield company, known
    with company.dbt.environment():
        (company.workspace.kept / "actions.db").unlink(missing_ok=True)


def stated(customer: str, action: str) -> float:
    return ACTIONS[action][1]


def candidates_by_hand(known: dict, day: date, busy: set, lately: dict, own_contacts: dict, effect_of=stated) -> dict:
    """Expected value by customer and action."""
    told, rows = known[day], known["rows"]
    keys = told["ids"].set_index("customer_id")["customer_key"]
    people = rows["customers"].set_index("customer_key")
    tier = told["tiers"].set_index("customer_id")["tier"]
    orders = told["metrics"].set_index("customer_id")["orders_lifetime"]
    frames = [told[name].set_index("customer_id") for name in ("churn_scores", "churn_risk_tiers", "clv_scores")]
    calls = rows["contacts"]
    recent = calls[(calls["direction"] == "outbound") & (calls["started_on"] > day - timedelta(days=30))]
    touches = rows["campaign_touches"]
    touches = touches[(touches["kind"] == "sent") | (touches["touched_on"] == date(2024, 5, 20))]
    written = touches[touches["touched_on"] > day - timedelta(days=30)].groupby("customer_key").size()
    contacts = recent.groupby("customer_key").size().add(written, fill_value=0)
    expected = {}
    for customer in orders.index:
        key, person = keys[customer], people.loc[keys[customer]]
        made_so_far = contacts.get(key, 0) + own_contacts.get(customer, 0)
        if customer in busy or made_so_far >= 2:
            continue
        chance, risk, value = (frame.loc[customer] for frame in frames)
        leaving = round(chance["churn_probability"] * value["clv_12m"], 4)
        for action, (cost, _) in ACTIONS.items():
            stake = round(value["expected_spend"] * 0.25, 4) if action == "more_points" else leaving
            fits = {
                "stay_mail": risk["risk_tier"] in ("high", "medium")
                and person["accepts_marketing"] is True
                and isinstance(person["email"], str),
                "stay_call": risk["risk_tier"] == "high" and orders[customer] >= 3 and isinstance(person["phone"], str),
                "more_points": tier.get(customer) in ("diamond", "gold", "silver"),
                "gift": tier.get(customer) in ("diamond", "gold"),
            }[action]
            again = {"stay_mail": 60, "stay_call": 90, "more_points": 30, "gift": 365}[action]
            before = lately.get((customer, action))
            if fits and (before is None or before + timedelta(days=again) <= day):
                gain = round(effect_of(customer, action) * stake, 4) - cost
                if gain > 1e-9:
                    expected[customer, action] = round(gain, 4)
    return expected


def test_candidates_are_those_of_the_policy_read_by_hand(made):
    _, known = made
    found = known[FIRST]["candidates"].set_index(["customer_id", "action"])["expected_value"].astype(float)
    expected = candidates_by_hand(known, FIRST, set(), {}, {})
    assert set(found.index) == set(expected)
    assert found.to_dict() == pytest.approx(expected, abs=2e-4)
    assert {action for _, action in expected} == set(ACTIONS)


def test_nothing_is_done_twice_while_it_is_open_or_too_soon(made):
    _, known = made
    first = known[FIRST]["actions"]
    busy = {row.customer_id for row in first.itertuples() if row.closes_on.date() >= SECOND}
    lately = {(row.customer_id, row.action): FIRST for row in first.itertuples()}
    own = {row.customer_id: 1 for row in first.itertuples()}  # control rows count as contacts too
    found = known[SECOND]["candidates"].set_index(["customer_id", "action"])["expected_value"].astype(float)
    assert found.to_dict() == pytest.approx(candidates_by_hand(known, SECOND, busy, lately, own), abs=2e-4)
    assert len(set(first["customer_id"]) & set(known[SECOND]["actions"]["customer_id"])) > 0
    assert known[SECOND]["actions"]["customer_id"].is_unique and first["customer_id"].is_unique


def test_a_usable_uplift_model_tells_the_effect_on_orders(made):
    """The objective's own says the effect, one of all campaigns moves what is stated. No value, no action."""
    company, known = made
    first = known[FIRST]["actions"]
    busy = {row.customer_id for row in first.itertuples() if row.closes_on.date() >= SECOND}
    past = (busy, {(row.customer_id, row.action): FIRST for row in first.itertuples()})
    past += ({row.customer_id: 1 for row in first.itertuples()},)
    told = known[SECOND]
    customers = told["ids"]["customer_id"].tolist()
    uplift = np.random.default_rng(9).normal(0.1, 0.1, len(customers)).round(6)
    own = {customer: gain for n, (customer, gain) in enumerate(zip(customers, uplift, strict=True)) if n % 3}
    unknown = set(customers[::10])
    scored = pd.DataFrame({"customer_id": list(own), "expected_uplift": list(own.values()), "as_of_date": SECOND})

    def found(models: dict[str, tuple[bool, float]]) -> pd.DataFrame:
        """Candidates when models by objective are (usable, of such an average)."""
        rows = [
            scored.assign(objective=objective, is_usable=usable, average_uplift=average)
            for objective, (usable, average) in models.items()
        ]
        with company.connect() as connection:
            connection.execute("delete from scores.uplift_scores")
            connection.register("rows", pd.concat(rows))
            connection.execute("insert into scores.uplift_scores by name from rows")
        company.dbt("run", "--no-write-json", "--select", "int_actions__candidates")
        return company.read('select * from "int".int_actions__candidates').set_index(["customer_id", "action"])

    def expected(effect_of) -> dict:
        values = told["clv_scores"].assign(
            expected_spend=told["clv_scores"]["expected_spend"].mask(told["clv_scores"]["customer_id"].isin(unknown))
        )
        return candidates_by_hand({**known, SECOND: {**told, "clv_scores": values}}, SECOND, *past, effect_of)

    def by(effect):
        """`effect` where orders are at stake and the customer has a score, else what is stated."""
        return lambda customer, action: (
            effect(own[customer]) if action == "more_points" and customer in own else ACTIONS[action][1]
        )

    with company.connect() as connection:
        connection.execute(
            "update scores.clv_scores set expected_spend = null where as_of_date = ? and customer_id in "
            "(select unnest(?))",
            [SECOND, sorted(unknown)],
        )
    company.dbt("run", "--no-write-json", "--select", "int_actions__customers")
    try:
        for models, effect, source in (
            (
                {"loyalty": (True, 0.1), "all": (True, 0.05), "retention": (True, 0.3)},
                lambda gain: gain,
                "uplift model",
            ),
            ({"loyalty": (True, -0.1)}, lambda gain: gain, "uplift model"),
            (
                {"all": (True, 0.05), "loyalty": (False, 0.1)},
                lambda gain: round(0.1 * gain / 0.05, 6),
                "stated, told apart by the uplift model",
            ),
            ({"loyalty": (False, 0.1), "all": (True, -0.05)}, lambda gain: 0.1, "guess"),
        ):
            rows, hoped = found(models), expected(by(effect))
            assert rows["expected_value"].astype(float).to_dict() == pytest.approx(hoped, abs=3e-4)
            points = rows.xs("more_points", level="action")
            assert not unknown & set(points.index) and len(points) > 5
            is_scored = points.index.isin(list(own))
            assert set(points.loc[is_scored, "effect_source"]) == {source} and is_scored.any()
            assert set(points.loc[~is_scored, "effect_source"]) == {"guess"}
            assert set(rows.drop("more_points", level="action")["effect_source"]) == {"guess"}
    finally:
        company.execute("delete from scores.uplift_scores")


def test_budgets_are_kept_over_the_month(made):
    _, known = made
    for day in (FIRST, SECOND):
        actions, budgets = known[day]["actions"], known[day]["budgets"]
        used = {
            "money": float(actions["cost"].sum()),
            "calls": float((actions["kind"] == "call").sum()),
            "desk": float(actions[actions["action"] == "stay_call"]["cost"].sum()),
            "mails": float((actions["channel"] == "email").sum()),
        }
        assert budgets["used"].astype(float).to_dict() == pytest.approx(used)
        assert (budgets["used"] + budgets["used_before"] <= budgets["budget_limit"]).all()
        # May is another month than June: nothing has been used before.
        assert (budgets["used_before"] == 0).all()
        batch = known[day]["batch"]
        value = known[day]["actions"]["expected_value"].astype(float).sum()
        assert float(batch["allocated_value"]) == pytest.approx(value, abs=0.01)
        assert value <= float(batch["value_bound"]) + 0.01 and batch["gap"] < 0.1
    assert known[FIRST]["budgets"].loc["money", "price"] > 0, "money is short"


def test_several_actions_of_a_night_are_contacts_too(made):
    """Two in 30 days at most: who was called once gets one action more, though three a night may be had."""
    company, _ = made
    with company.connect() as connection:
        connection.begin()
        connection.execute("update policy.action_settings set per_customer = 3")
        connection.execute("delete from policy.action_budgets")
        connection.execute("delete from policy.action_budget_uses")
        connection.execute("delete from scores.chosen_actions")
        _choose(connection, SECOND, {}, lambda line: None)
        chosen = connection.execute("select customer_id, count(*) as actions from scores.chosen_actions group by all")
        given = chosen.df().set_index("customer_id")["actions"]
        left = connection.execute('select customer_id, 2 - contacts as n from "int".int_actions__customers').df()
        candidates = connection.execute('select customer_id from "int".int_actions__candidates').df()
        connection.rollback()
    may = np.minimum(left.set_index("customer_id")["n"], candidates["customer_id"].value_counts()).dropna()
    assert given.to_dict() == may.astype(int).to_dict()
    assert (given == 2).sum() > 5 and ((given == 1) & (candidates["customer_id"].value_counts() > 1)).sum() > 5


def test_the_control_share_is_exact_to_the_customer_and_stays_through_the_span(made):
    _, known = made
    for day in (FIRST, SECOND):
        controls = known[day]["controls"]
        assert controls.sum() == floor(len(controls) * 0.15)
        own = known[day]["actions"].set_index("customer_id")["is_control"]
        assert own.to_dict() == controls[own.index].to_dict()
        tiers = known[FIRST]["strata"].set_index("customer_id")["tier"]
        for _, members in controls[controls.index.isin(tiers.index)].groupby(tiers):
            assert abs(members.sum() - len(members) * 0.15) < 1, "within each tier too, as held when the span began"
    both = known[FIRST]["controls"].index
    assert len(known[SECOND]["controls"]) == len(both) + BEFORE_FIRST
    pd.testing.assert_series_equal(known[FIRST]["controls"], known[SECOND]["controls"][both], check_index=False)


def test_each_action_says_why_whose_and_until_when(made):
    company, known = made
    actions = known[FIRST]["actions"]
    keys = known[FIRST]["ids"].set_index("customer_id")["customer_key"]
    for row in actions.itertuples():
        is_managed = int(keys[row.customer_id][1:]) % 2 == 0
        if row.action == "stay_call":
            assert (row.owner_kind, row.owner) == (("manager", "shop:m1") if is_managed else ("team", "desk"))
        else:
            assert (row.owner_kind, row.owner) == ("team", "care")
        days = {"stay_mail": 2, "stay_call": 4, "more_points": 3, "gift": 9}[row.action]
        assert row.due_on.date() == FIRST + timedelta(days=days)
        assert row.closes_on.date() == row.due_on.date() + timedelta(days=5)
        assert row.status == ("withheld" if row.is_control else "planned")
        if row.at_stake == "leaving":
            assert f"chance of {round(row.churn_probability * 100)} %" in row.reason_en
            assert "流失概率" in row.reason_zh
        if row.action == "more_points":
            multiplier = {"diamond": 2, "gold": 1.5, "silver": 1.2}[row.tier]
            assert float(row.grants_points) == pytest.approx(100 * multiplier)
        assert (row.grants_benefit == "annual_gift") == (row.action == "gift")
        assert (row.churn_model_version, row.value_model_version) == ("3", "5")
    told = company.read("select policy_version from policy.policy_version").iloc[0, 0]
    assert set(actions["policy_version"]) == {told}
    batch, going = known[FIRST]["batch"], actions[~actions["is_control"]]
    assert (batch["actions"], batch["controls"]) == (len(going), len(actions) - len(going))
    assert "over the limit of 100" in batch["question"] and float(going["cost"].sum()) > 100


def test_a_date_that_is_in_the_ledger_is_not_decided_anew(made):
    company, known = made
    before = company.read("select * from marts.customer_actions order by action_key")
    with company.connect() as connection:
        connection.execute("update scores.churn_scores set churn_probability = 0.99")
    with company.connect() as connection:
        read_ledger(company.workspace, connection, SECOND)
    company.build(SECOND, "int_actions__customers int_actions__candidates", data_tests=False)
    with company.dbt.environment():
        decide_actions(company.workspace, lambda line: None)
    company.dbt("build", "--no-write-json", "--select", "tag:decided", "--exclude-resource-type", "unit_test")
    after = company.read("select * from marts.customer_actions order by action_key")
    same = [name for name in DECIDED if name != "build_id"]
    pd.testing.assert_frame_equal(before[same], after[same])
    assert set(after["status"]) == {"acknowledged", "withheld"}
    again = company.read("select * from marts.action_budgets").set_index("budget")
    assert again["used"].to_dict() == known[SECOND]["budgets"]["used"].to_dict()


def test_outcomes_are_the_difference_to_those_held_back(made):
    """Read from the orders by hand; of a customer the first action of the span counts."""
    company, known = made
    results = known[FIRST]["actions"].head(3)
    company.load(
        "action_results",
        pd.DataFrame(
            {
                "action_result_key": ["r1", "r2", "r3"],
                "action_key": results["action_key"],
                "status": ["done", "declined", "failed"],
                "happened_at": datetime(2024, 6, 2, 9),
                "happened_on": date(2024, 6, 2),
                "source": "shop",
            }
        ),
    )
    night(company, AFTER, " +int_churn__outcomes +int_churn__groups +int_churn__belonging")
    outcomes = company.read("select * from marts.action_outcomes")
    decided = pd.concat([known[FIRST]["actions"], known[SECOND]["actions"]])
    decided = decided.sort_values(["as_of_date", "action_key"]).drop_duplicates("customer_id")
    keys = known[SECOND]["ids"].set_index("customer_id")["customer_key"]
    orders = known["rows"]["orders"]
    rows = []
    for row in decided.itertuples():
        begins = row.as_of_date.date()
        own = orders[(orders["customer_key"] == keys[row.customer_id]) & (orders["ordered_on"] > begins)]
        own = own[own["ordered_on"] <= begins + timedelta(days=40)]
        rows.append((row.action, begins, row.is_control, len(own), float(own["amount"].sum()), len(own) == 0))
    rows = pd.DataFrame(rows, columns=["action", "day", "is_control", "orders", "revenue", "lost"])
    for unit, name, month, own in (
        ("all", "all", None, rows),
        ("all", "all", pd.Timestamp(2024, 6, 30), rows[rows["day"] == SECOND]),
        ("action", "stay_mail", None, rows[rows["action"] == "stay_mail"]),
        ("objective", "loyalty", None, rows[rows["action"] == "more_points"]),
    ):
        found = outcomes[(outcomes["unit_kind"] == unit) & (outcomes["unit_id"] == name)].set_index("decided_in")
        found = found[found.index.isna()].iloc[0] if month is None else found.loc[month]
        treated, control = own[~own["is_control"]], own[own["is_control"]]
        assert (found["treated"], found["controls"]) == (len(treated), len(control))
        for what in ("orders", "revenue", "lost"):
            if not len(control):
                assert pd.isna(found[f"{what}_effect"])
                continue
            effect = treated[what].mean() - control[what].mean()
            assert found[f"{what}_effect"] == pytest.approx(effect, abs=1e-5)
            if len(control) > 1:
                a, b = treated[what].astype(float), control[what].astype(float)
                error = np.sqrt(a.var() / len(a) + b.var() / len(b))
                assert found[f"{what}_standard_error"] == pytest.approx(error, abs=1e-5)
                assert found[f"{what}_effect_high"] == pytest.approx(effect + 1.959964 * error, abs=1e-4)
    told = company.read("select action_key, result, is_open from marts.customer_actions").set_index("action_key")
    assert told.loc[results["action_key"], "result"].tolist() == ["done", "declined", "failed"]
    assert not told.loc[results["action_key"], "is_open"].any()


def test_a_churn_model_does_not_learn_from_who_may_have_been_rescued(made):
    """Where a retention action went out within the days of an outcome it is unknown; the control's stays known."""
    company, known = made
    with company.connect(read_only=True) as connection:
        features = read_churn_features(connection, AFTER).to_pandas()
        truth = connection.execute('select * from "int".int_churn__outcomes where lead_days = 90').df()
    truth = truth.set_index(["customer_id", "as_of_date"])["has_churned"]
    decided = pd.concat([known[FIRST]["actions"], known[SECOND]["actions"]])
    retention = decided[decided["objective"] == "retention"]
    sent = {(row.customer_id, row.as_of_date.date()) for row in retention[~retention["is_control"]].itertuples()}
    unknown = kept = 0
    for row in features.itertuples():
        day = row.as_of_date if isinstance(row.as_of_date, date) else row.as_of_date.date()
        outcome = truth.get((row.customer_id, pd.Timestamp(day)))
        if outcome is None:
            continue
        treated = any(who == row.customer_id and day <= on <= day + timedelta(days=90) for who, on in sent)
        label = row.churned_90d
        assert (label is None or pd.isna(label)) if treated else label == outcome
        unknown, kept = unknown + treated, kept + (not treated)
    assert unknown > 20 and kept > 100
    held = set(retention[retention["is_control"]]["customer_id"]) - {who for who, _ in sent}
    assert features[features["customer_id"].isin(held)]["churned_90d"].notna().any()
