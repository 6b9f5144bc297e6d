"""Policies of service and voice: their tables, and faults that name their place."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.policies.reader import PolicyError, read_policies
from include.policies.tables import write_policy_tables
from include.workspace import Workspace

HOURS = 'calendars:\n  - {calendar: office, weekdays: [1, 2], from: "09:00", to: "17:00", holidays: closed}\n'
TARGET = "targets:\n  - {rule: soon, clock: answer, "


def policies(folder: Path, **files: str):
    for stem, text in files.items():
        (folder / f"{stem}.yml").write_text(text, encoding="utf-8")
    return read_policies(Workspace("shop", (), policies=folder))


def test_the_documented_promises_are_kept_in_the_file(tmp_path):
    """P0 solved in 2 h by the crisis team; complaints 2 h, 48 h, 7 d; others 24 h; chats 15 s and escalated."""
    with duckdb.connect() as connection:
        write_policy_tables(connection, policies(tmp_path))
        rows = connection.execute(
            "select rule, target_seconds, runs, priority, kind, channel, team, escalates from policy.service_targets"
        ).fetchall()
        found = {row[0]: row[1:] for row in rows}
        assert found["crisis_solve"] == (7200, "always", "p0", None, None, "crisis", True)
        assert found["complaint_answer"][:4] == (7200, "always", None, "complaint")
        assert found["complaint_close"][0] == 48 * 3600 and found["complaint_call_back"][0] == 7 * 86400
        assert found["answer"] == (86400, "always", None, None, None, None, False)
        assert found["chat_answer"] == (15, "always", None, None, "chat", None, True)
        for table in ("service_settings", "survey_settings"):
            assert connection.execute(f"select count(*) from policy.{table}").fetchone() == (1,), table
        quantiles = connection.execute("select normal_quantile, kano_quantile from policy.survey_settings").fetchone()
        assert quantiles == (pytest.approx(1.959964, abs=1e-6), pytest.approx(1.644854, abs=1e-6))


def test_a_rule_is_a_row_for_each_combination_it_is_for(tmp_path):
    text = TARGET + "within: 90 min, runs: office, kinds: [complaint, crisis], tiers: [gold, diamond]}\n"
    with duckdb.connect() as connection:
        write_policy_tables(connection, policies(tmp_path, service=HOURS + text))
        rows = connection.execute(
            "select kind, tier, conditions, target_seconds from policy.service_targets"
        ).fetchall()
        assert sorted(rows) == [
            (kind, tier, 2, 5400) for kind in ("complaint", "crisis") for tier in ("diamond", "gold")
        ]
        hours = connection.execute("from policy.service_hours order by weekday").fetchall()
        assert hours == [("office", 1, 32400, 61200, True), ("office", 2, 32400, 61200, True)]


@pytest.mark.parametrize(
    ("stem", "text", "message"),
    [
        (
            "service",
            TARGET + "within: 2 hours, runs: always}\n",
            r"service\.yml:2: rule soon: within: must be a number",
        ),
        (
            "service",
            TARGET + "within: 2 d, runs: service_hours}\n",
            r"rule soon: within: a day of working hours is not",
        ),
        ("service", TARGET + "within: 2 h, runs: ofice}\n", r"rule soon: runs: neither always nor a calendar"),
        ("service", TARGET.replace("answer", "anser") + "within: 2 h, runs: always}\n", r"Did you mean answer\?"),
        (
            "service",
            TARGET + "within: 2 h, runs: always, kinds: [complain]}\n",
            r"service\.yml:2: rule soon: kinds: kind of tickets is never complain\. Did you mean complaint\?",
        ),
        (
            "service",
            TARGET.replace("answer", "chat_answer") + "within: 2 s, runs: always, priorities: [p0]}\n",
            r"rule soon: priorities: a contact has no priority",
        ),
        (
            "service",
            TARGET + "within: 2 h, runs: always, tiers: [golden]}\n",
            r"rule soon: tiers: no tier of tiers\.yml",
        ),
        ("service", HOURS.replace("17:00", "08:00"), r"service\.yml:2: rule office: from and to must be hours"),
        (
            "service",
            HOURS + '  - {calendar: office, weekdays: [2], from: "16:00", to: "18:00", holidays: closed}\n',
            r"service\.yml:3: rule office: weekday 2: these hours meet those of a row above",
        ),
        ("service", HOURS.replace("office", "always"), r"rule always: always is the clock that never stops"),
        (
            "service",
            'special_days:\n  - {day: "2024-05-01", calendar: service_hour, as_weekday: 1}\n',
            r"service\.yml:2: rule 2024-05-01: calendar: no calendar .* Did you mean service_hours\?",
        ),
        (
            "service",
            "clocks:\n  - {clock: answer, en: a, zh: a, of: ticket, starts: started, ends: solved, pauses: count}\n"
            + TARGET
            + "within: 2 h, runs: always}\nrecovery_stages: [answer]\nhandled_by: answer\n",
            r"service\.yml:2: rule answer: starts: a ticket has no such moment",
        ),
        (
            "service",
            "handled_by: chat_answer\n",
            r"service\.yml:1: handled_by: no clock of tickets is called chat_answer",
        ),
        (
            "surveys",
            "benchmarks:\n  - {benchmark: good, measure: csat, value: 80}\n",
            r"surveys\.yml:2: rule good: value: csat lies between 0 and 1",
        ),
        (
            "surveys",
            "benchmarks:\n  - {benchmark: a, measure: nps, value: 8}\n  - {benchmark: b, measure: nps, value: 9}\n",
            r"surveys\.yml:3: rule b: there is a benchmark of the same measure",
        ),
        ("surveys", "windows: [1, 24]\n", r"surveys\.yml:1: windows: must be a list of months from 1 to 12"),
    ],
)
def test_a_fault_names_file_line_and_rule(tmp_path, stem, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, **{stem: text})
