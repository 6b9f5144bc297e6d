"""Service levels, paths, automation and recovery against a count by hand: minute by minute, contact by contact."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import service_desk
from tests.dbt_project.service_desk import HOLIDAYS, HOURS, LAST, RULES, SPECIAL, ZONE, local_day

BUILT = "+ticket_sla +service_paths +service_automation +service_recovery"
NOW = pd.Timestamp(LAST + timedelta(days=1)).tz_localize(ZONE).tz_convert("UTC").tz_localize(None)
GRID = pd.date_range("2024-01-01", "2024-09-30", freq="min")
STARTS = {"answer": "opened", "solve": "opened", "close": "opened", "call_back": "solved"}
ENDS = {"answer": "first_answered", "solve": "solved", "close": "closed", "call_back": "called_back"}
PAUSING = ("solve", "close")


@pytest.fixture(scope="module")
def desk(world, dbt, tmp_path_factory):
    folder = tmp_path_factory.mktemp("policies")
    (folder / "service.yml").write_text(service_desk.policy(), encoding="utf-8")
    made, rows = world(folder), service_desk.tables()
    for entity, frame in rows.items():
        made.load(entity, frame)
    made.execute(f"insert into ops.business_zones values ('desk', '{ZONE}')")
    made.build(LAST, BUILT, data_tests=False)
    dbt("test", "--select", *BUILT.replace("+", "").split(), "int_service__clocks", "int_service__hours")
    return made, rows


@pytest.fixture(scope="module")
def tiers(desk):
    """The tier that a customer held at the month-end before a day."""
    found = desk[0].read(
        "select customer_key, as_of_date, tier from marts.customer_tiers join core.customer_xref using (customer_id)"
    )
    held = found.set_index(["customer_key", found["as_of_date"].dt.date])["tier"].to_dict()
    return lambda key, day: held.get((key, day.replace(day=1) - timedelta(days=1)))


@cache
def _open_minutes(calendar: str, region: str | None, country: str | None) -> np.ndarray:
    """Of every minute of the grid whether the calendar works in it; one more at the end."""
    rows, is_closed = HOURS[calendar]
    local = GRID.tz_localize("UTC").tz_convert(ZONE)
    days = {}
    for day in sorted(set(local.date)):
        resting = any(
            day == holiday and where in (None, region) and land in (None, country) for holiday, where, land in HOLIDAYS
        )
        weekday = SPECIAL.get((calendar, day), 0 if resting and is_closed else day.isoweekday())
        days[day] = {hour for weekdays, begin, end in rows if weekday in weekdays for hour in range(begin, end)}
    return np.array([hour in days[day] for day, hour in zip(local.date, local.hour, strict=True)])


def _minute(moment: pd.Timestamp) -> int:
    return round((moment - GRID[0]).total_seconds() / 60)


def _used_and_due(runs, place, start, until, target, paused):
    """Minutes that count from start to until, and the moment at which target and pauses are over."""
    if runs == "always":
        return (until - start).total_seconds() / 60 - paused, start + pd.Timedelta(minutes=target + paused)
    works = _open_minutes(runs, *place)
    needed = _minute(start) + int(np.searchsorted(np.cumsum(works[_minute(start) :]), target + paused)) + 1
    return works[_minute(start) : _minute(until)].sum() - paused, GRID[0] + pd.Timedelta(minutes=needed)


def _rule(clock, facts):
    """Of the rules that fit the one with the most conditions, else the first."""
    fitting = []
    for position, rule in enumerate(RULES):
        given = [(asked, facts[n]) for n, asked in enumerate(rule[4:8]) if asked]
        if rule[1] == clock and all(value in asked for asked, value in given):
            fitting.append((-len(given), position, rule))
    return min(fitting)[2] if fitting else None


def _known(moment):
    return moment if pd.notna(moment) and moment < NOW else None


def _ticket_moments(row):
    first = lambda *names: next((m for name in names if (m := _known(row[f"{name}_at"])) is not None), None)  # noqa: E731
    solved, closed, reopened = first("solved", "closed"), first("closed"), first("reopened")
    undone = lambda moment: moment is not None and reopened is not None and reopened > moment  # noqa: E731
    return {
        "opened": row["opened_at"],
        "first_answered": first("first_answered", "solved", "closed"),
        "solved": None if undone(solved) else solved,
        "closed": None if undone(closed) else closed,
        "called_back": first("called_back"),
    }


@pytest.fixture(scope="module")
def expected(desk, tiers):
    """Rows of ticket_sla by subject and clock, worked out ticket by ticket."""
    rows, found = desk[1], {}
    place = rows["customers"].set_index("customer_key")[["region", "country"]].astype(object)
    place = {key: tuple(None if pd.isna(part) else part for part in own) for key, own in zip(place.index, place.values)}  # noqa: B905
    for row in rows["tickets"].to_dict("records"):
        moments, opened = _ticket_moments(row), row["opened_on"]
        for clock in STARTS:
            start, reached = moments[STARTS[clock]], moments[ENDS[clock]]
            facts = (row["kind"], row["priority"], tiers(row["customer_key"], opened), row["channel"])
            if start is None or opened > LAST or not (rule := _rule(clock, facts)):
                continue
            paused = max(row["paused_minutes"], 0) if clock in PAUSING and pd.notna(row["paused_minutes"]) else 0
            home = place.get(row["customer_key"], (None, None))
            used, due = _used_and_due(rule[3], home, start, max(reached or NOW, start), rule[2], paused)
            used = max(used, 0)
            status = "breached" if used > rule[2] else "met" if reached is not None else "running"
            found["ticket", f"desk:{row['ticket_key']}", clock] = (rule[0], status, used, due, reached, facts[2])
    for row in rows["contacts"].to_dict("records"):
        if row["channel"] != "chat" or row["direction"] == "outbound":
            continue
        answered, ended = _known(row["answered_at"]), _known(row["ended_at"])
        used = ((answered or min(ended or NOW, NOW)) - row["started_at"]).total_seconds() / 60
        status = "breached" if used > 0.25 else "met" if answered is not None else "given_up"
        due = row["started_at"] + pd.Timedelta(seconds=15)
        tier = tiers(row["customer_key"], row["started_on"])
        found["contact", f"desk:{row['contact_key']}", "chat_answer"] = (
            "chat_answer", status, used, due, answered, tier,
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def sla(desk):
    return desk[0].read("select * from marts.ticket_sla")


def test_every_cell_of_ticket_sla_is_that_of_the_minute_grid(sla, expected):
    told = {(row.subject_kind, row.subject_id, row.clock): row for row in sla.itertuples()}
    assert told.keys() == expected.keys()
    for key, (rule, status, used, due, reached, tier) in expected.items():
        row = told[key]
        assert (row.rule, row.status) == (rule, status), key
        assert row.used_minutes == pytest.approx(used, abs=1e-5), key
        assert row.due_at == due and row.due_on.date() == due.tz_localize("UTC").tz_convert(ZONE).date(), key
        assert (None if pd.isna(row.reached_at) else row.reached_at) == reached, key
        assert (None if pd.isna(row.tier) else row.tier) == tier, key
        target = {one[0]: one[2] for one in RULES}[rule]
        assert row.target_minutes == target
        over = used - target if status == "breached" else None
        assert (row.minutes_over == pytest.approx(over, abs=1e-5)) if over else pd.isna(row.minutes_over)
    statuses = sla.groupby("runs")["status"].agg(set)
    assert statuses["always"] == {"met", "breached", "running", "given_up"}
    assert statuses["office"] == {"met", "breached", "running"} and statuses["hotline"] >= {"met", "breached"}
    assert set(sla["rule"]) == {rule[0] for rule in RULES}
    assert sla.query("runs == 'office' and paused_minutes > 0").shape[0] > 30


def test_a_target_that_is_used_up_at_closing_is_met_until_the_office_opens(desk, sla):
    """More than the target is a breach, and as much is none; the deadline is when it was used up."""
    tickets = desk[1]["tickets"][service_desk.RANDOM_TICKETS : -1]
    told = sla.query("clock == 'solve'").set_index("subject_id").loc["desk:" + tickets["ticket_key"]]
    assert list(told["status"]) == list(service_desk.AT_CLOSING.values())
    assert list(told["used_minutes"]) == [960, 960, 960, 961]
    assert set(told["due_at"]) == {pd.Timestamp("2024-04-17 15:00")}


def test_a_breach_is_late_on_the_day_on_which_the_target_was_passed(sla):
    """At closing time that is the next day of work; else the day of the deadline."""
    breached = sla.query("status == 'breached'")
    assert sla.query("status != 'breached'")["late_on"].isna().all() and breached["late_on"].notna().all()
    edge = breached[(breached["rule"] == "solve") & (breached["due_at"] == pd.Timestamp("2024-04-17 15:00"))]
    assert set(edge["late_on"]) == {pd.Timestamp("2024-04-18")}
    day = breached["due_at"].dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None).dt.normalize()
    closing = breached["due_at"].dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.hour.isin([13, 17, 22])
    closing &= breached["due_at"].dt.minute.eq(0)
    plain = breached[~closing]
    assert len(plain) > 100 and (plain["late_on"] == day[~closing]).all()
    before_midnight = breached[(breached["clock"] == "answer") & (breached["due_on"] == pd.Timestamp(LAST))]
    assert len(before_midnight[before_midnight["due_at"] == NOW - pd.Timedelta(seconds=1)]) == 1
    assert (breached["late_on"] <= pd.Timestamp(LAST)).all(), "nothing is late before it is"


def test_a_breach_has_an_owner_and_is_escalated_where_the_rule_wants_it(desk, sla):
    rules, rows = {rule[0]: rule for rule in RULES}, desk[1]
    tickets, contacts = (
        rows[name].set_index(f"{name[:-1]}_key").astype(object).where(lambda frame: frame.notna(), None)
        for name in ("tickets", "contacts")
    )
    assigned = rows["manager_assignments"]
    for row in sla.itertuples():
        of_ticket, key = row.subject_kind == "ticket", row.subject_id.split(":")[1]
        source = tickets.loc[key] if of_ticket else contacts.loc[key]
        day = source["opened_on" if of_ticket else "started_on"]
        assert row.owner_key == source["owner_key" if of_ticket else "agent_key"]
        own = assigned[assigned["role"].isna() & (assigned["customer_key"] == source["customer_key"])]
        own = own[[day <= end for end in own["ends_on"]]]
        named = "m8" if of_ticket and source["account_key"] == "a1" else None
        manager = (None if of_ticket else source["manager_key"]) or (own["manager_key"].iloc[0] if len(own) else named)
        assert (None if pd.isna(row.manager_id) else row.manager_id) == (manager and f"desk:{manager}"), row.subject_id
        team, escalates = rules[row.rule][8:]
        if team and of_ticket and source["team"]:
            assert row.is_with_due_team == (source["team"] == team)
        else:
            assert pd.isna(row.is_with_due_team)
        if escalates and row.status == "breached":
            assert row.is_escalated == (_known(source["escalated_at"]) is not None)
        else:
            assert pd.isna(row.is_escalated) and not row.is_to_escalate
    assert set(sla["is_escalated"].dropna()) == set(sla["is_with_due_team"].dropna()) == {True, False}
    assert {"desk:m7", "desk:m8", "desk:m1"} <= set(sla["manager_id"].dropna())


def _matters(rows):
    """Contacts of every matter in turn, by walking through the contacts of each customer and purpose."""
    contacts = rows["contacts"].astype(object).where(lambda frame: frame.notna(), None).sort_values("started_at")
    matters, last = {}, {}
    for row in contacts.to_dict("records"):
        if row["direction"] == "outbound" and row["ticket_key"] is None:
            continue
        row["is_inbound"] = row["direction"] != "outbound"
        if row["ticket_key"] is not None:
            matters.setdefault(row["ticket_key"], []).append(row)
            continue
        who = (row["customer_key"], row["purpose"])
        name, before = last.get(who, (None, None))
        if name is None or (row["started_on"] - before).days > 7:
            name = row["contact_key"]
        last[who] = (name, row["started_on"])
        matters.setdefault(name, []).append(row)
    return matters


def _step(row):
    machine = row["answered_by"] in ("bot", "self_service")
    handed = machine and _known(row["handed_over_at"]) is not None
    return f"{row['channel'] or 'unknown'}:{row['answered_by'] or 'unknown'}{'+people' if handed else ''}"


def _in_time(row):
    answered = _known(row["answered_at"])
    return answered is not None and (answered - row["started_at"]).total_seconds() <= 60


def test_paths_are_those_of_a_walk_through_the_contacts(desk):
    made, rows = desk
    told = made.read("select * from marts.service_paths")
    told = {(row.month_end.date(), row.purpose if row.purpose else None, row.path): row for row in told.itertuples()}
    counted = {}
    for own in _matters(rows).values():
        first = own[0]
        if not first["is_inbound"]:
            continue
        month = (first["started_on"].replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        path = " > ".join(map(_step, own[:4])) + (" > …" if len(own) > 4 else "")
        live = [row for row in own if row["is_inbound"] and row["channel"] in ("call", "chat")]
        known = first["is_resolved"] is not None and first["started_on"] + timedelta(days=7) <= LAST
        costs = [row["cost"] for row in own if row["cost"] is not None]
        counts = np.array([
            1, len(own), len(live), sum(map(_in_time, live)), any("+people" in _step(row) for row in own), known,
            known and len(own) == 1 and bool(first["is_resolved"]),
            known and any(row["is_resolved"] for row in own), len(costs), float(sum(costs)),
        ])  # fmt: skip
        key = (month, first["purpose"], path)
        counted[key] = counted.get(key, 0) + counts
    told = {(month, None if pd.isna(purpose) else purpose, path): row for (month, purpose, path), row in told.items()}
    assert told.keys() == counted.keys() and any("…" in path for *_, path in told)
    for key, counts in counted.items():
        row = told[key]
        seen = (
            row.matters, row.contacts, row.live_contacts, row.answered_in_time, row.handed_over_matters,
            row.known_matters, row.first_contact_resolved, row.resolved_matters, row.contacts_with_cost,
            0 if pd.isna(row.cost) else float(row.cost),
        )  # fmt: skip
        assert seen == pytest.approx(tuple(counts)), key
        if counts[5]:
            assert row.first_contact_resolution == pytest.approx(counts[6] / counts[5], abs=1e-6)
        if counts[8]:
            assert float(row.cost_per_contact) == pytest.approx(counts[9] / counts[8], abs=1e-4)


def test_automation_is_counted_by_hand(desk):
    made, rows = desk
    contacts = rows["contacts"].query("direction != 'outbound'").copy()
    contacts["month_end"] = pd.to_datetime(contacts["started_on"]) + pd.offsets.MonthEnd(0)
    machine = contacts["answered_by"].isin(["bot", "self_service"])
    handed = machine & contacts["handed_over_at"].notna() & (contacts["handed_over_at"] < NOW)
    people = contacts["answered_by"].isin(["agent", "manager"])
    settled = contacts["is_resolved"].eq(True)
    cost = contacts["cost"].astype(float)
    measures = {
        "by_machine": machine, "handed_over": handed, "by_people": people,
        "by_nobody": contacts["answered_by"].eq("nobody"), "resolved_by_machine": machine & ~handed & settled,
        "resolved_by_people": people & settled, "contacts_told": contacts["answered_by"].notna(),
        "machine_cost": cost.where(machine & ~handed, 0).fillna(0), "people_cost": cost.where(people, 0).fillna(0),
        "handed_over_cost": cost.where(handed, 0).fillna(0), "contacts_costed": cost.notna() & (machine | people),
    }  # fmt: skip
    grain = ["month_end", "channel", "purpose"]
    counted = contacts[grain].assign(contacts=1, **measures).groupby(grain, dropna=False).sum(numeric_only=False)
    told = made.read("select * from marts.service_automation").set_index(grain)
    assert len(told) == len(counted)
    for key, row in counted.iterrows():
        seen = told.loc[tuple(None if pd.isna(part) else part for part in key)]
        for measure in ("contacts", *measures):
            value = seen[measure]
            assert (0 if pd.isna(value) else float(value)) == pytest.approx(float(row[measure])), (key, measure)
        if row["by_machine"]:
            assert seen["handover_rate"] == pytest.approx(row["handed_over"] / row["by_machine"], abs=1e-6)
        assert seen["automation_share"] == pytest.approx(row["by_machine"] / max(row["contacts_told"], 1), abs=1e-6)


def test_stages_of_recovery_are_counted_from_the_tickets(desk, expected, tiers):
    made, rows = desk
    tickets, counted = rows["tickets"].set_index("ticket_key"), {}
    for (kind, subject, clock), (_, status, _, _, reached, tier) in expected.items():
        ticket = tickets.loc[subject.split(":")[1]] if kind == "ticket" else None
        if ticket is None or ticket["kind"] != "complaint" or clock not in service_desk.STAGES:
            continue
        month = pd.Timestamp(ticket["opened_on"]) + pd.offsets.MonthEnd(0)
        start = _ticket_moments(ticket)[STARTS[clock]]
        hours = None if reached is None else max((reached - start).total_seconds(), 0) / 3600
        counted.setdefault((month, tier, clock), []).append((status, hours))
    told = made.read("select * from marts.service_recovery where stage not in ('compensate', 'return')")
    told = {(r.month_end, None if pd.isna(r.tier) else r.tier, r.stage): r for r in told.itertuples()}
    assert told.keys() == counted.keys()
    for key, own in counted.items():
        row, hours = told[key], [hours for _, hours in own if hours is not None]
        statuses = [status for status, _ in own]
        assert (row.complaints, row.reached, row.in_time) == (len(own), len(hours), statuses.count("met")), key
        assert row.due == len(own) - statuses.count("running")
        if hours:
            assert row.mean_hours == pytest.approx(np.mean(hours), abs=1e-5)
            assert row.median_hours == pytest.approx(np.median(hours), abs=1e-5)


def test_compensation_is_summed_by_the_value_of_the_customer(desk, tiers):
    made, rows = desk
    tickets = rows["tickets"].query("kind == 'complaint'")
    tickets = tickets[
        [_known(s) is not None or _known(c) is not None for s, c in tickets[["solved_at", "closed_at"]].values]
    ]
    amounts = tickets["compensation_amount"].astype(float).fillna(0)
    tier = [tiers(key, day) for key, day in zip(tickets["customer_key"], tickets["opened_on"], strict=True)]
    expected = amounts.groupby(pd.Series(tier, tickets.index, dtype=object).fillna("none")).agg(
        ["sum", lambda own: (own > 0).sum()]
    )
    told = made.read(
        "select coalesce(tier, 'none') as tier, sum(compensation_amount)::double as amount, sum(reached)::int as given "
        "from marts.service_recovery where stage = 'compensate' group by 1"
    ).set_index("tier")
    assert len(expected) >= 3
    for tier, (amount, given) in expected.iterrows():
        assert (told.loc[tier, "amount"], told.loc[tier, "given"]) == (pytest.approx(amount), given)


def test_complainers_are_set_beside_others_of_their_cell(desk, expected):
    made, rows = desk
    metrics = made.read(
        "select customer_key, as_of_date, orders_12m, recency_days, coalesce(tier, '') as tier "
        "from core.customer_metrics as m join core.customer_xref using (customer_id) "
        "left join marts.customer_tiers using (customer_id, as_of_date) where m.is_month_end and orders_1m > 0"
    )
    bought = rows["orders"].groupby("customer_key")["ordered_on"].apply(list)
    tickets, counted = rows["tickets"].query("kind == 'complaint'"), {}
    for month, own in metrics.groupby(metrics["as_of_date"].dt.date):
        until = month + timedelta(days=90)
        if until > LAST:
            continue
        back = {key: any(month < day <= until for day in bought[key]) for key in own["customer_key"]}
        mine = tickets[[(d.year, d.month) == (month.year, month.month) for d in tickets["opened_on"]]]
        complained = set(mine["customer_key"].dropna())
        cells = {
            row.customer_key: (
                row.tier, row.orders_12m if row.orders_12m <= 2 else 5 if row.orders_12m <= 5 else 6,
                7 if row.recency_days <= 7 else 15 if row.recency_days <= 15 else 31,
            )
            for row in own.itertuples()
        }  # fmt: skip
        for key in complained & cells.keys():
            others = [back[other] for other in cells if other not in complained and cells[other] == cells[key]]
            if not others:
                continue
            solve = [
                expected.get(("ticket", f"desk:{ticket}", "solve"), (None, None))[1]
                for ticket in mine.query("customer_key == @key")["ticket_key"]
            ]
            handled = "late" if "breached" in solve else "in_time" if "met" in solve else None
            for handling in filter(None, ("all", handled)):
                row = counted.setdefault((month, cells[key][0], handling), np.zeros(3))
                row += (1, back[key], np.mean(others))
    told = made.read("select * from marts.service_recovery where stage = 'return'")
    told = {(r.month_end.date(), "" if pd.isna(r.tier) else r.tier, r.handling): r for r in told.itertuples()}
    assert told.keys() == counted.keys() and len(told) >= 4
    for key, (due, reached, mean) in counted.items():
        row = told[key]
        assert (row.due, row.reached) == (due, reached)
        assert row.expected_returns == pytest.approx(mean, abs=1e-4)
        assert row.difference == pytest.approx((reached - mean) / due, abs=1e-4)


def test_a_day_is_local(desk):
    """Half past eleven at night in UTC is tomorrow in Berlin."""
    late = desk[1]["tickets"].query("opened_at.dt.hour == 23")
    assert len(late) and (local_day(late["opened_at"]) > late["opened_at"].dt.date).all()
    told = (
        desk[0]
        .read("select subject_id, opened_on from marts.ticket_sla where clock = 'answer'")
        .set_index("subject_id")
    )
    for row in late.itertuples():
        if row.opened_on <= LAST:
            assert told.loc[f"desk:{row.ticket_key}", "opened_on"].date() == row.opened_on
