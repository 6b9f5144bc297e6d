"""Policies of managers, cost to serve, care and targets: their tables, and faults that name their place."""

from __future__ import annotations

import datetime
from pathlib import Path

import duckdb
import pytest

from include.policies.managers_policy import PARTS
from include.policies.reader import PolicyError, read_policies
from include.policies.tables import write_policy_tables
from include.policies.targets_policy import metric_names
from include.workspace import Workspace


def policies(folder: Path, **files: str):
    for stem, text in files.items():
        (folder / f"{stem}.yml").write_text(text, encoding="utf-8")
    return read_policies(Workspace("shop", (), policies=folder))


def parts(**weights: float) -> str:
    shares = dict.fromkeys(PARTS, 0.16) | {"collaboration": 0.20} | weights
    rows = [f"  - {{part: {name}, en: e, zh: z, weight: {share}, worst: 0, best: 1}}" for name, share in shares.items()]
    return "parts:\n" + "\n".join(rows) + "\n"


def test_the_documented_defaults(tmp_path):
    """Collaboration is a fifth at least, care comes after 7 days, 3 and 6 months; targets are of known figures."""
    shipped = policies(tmp_path)
    weights = {one["part"]: one["weight"] for one in shipped["managers"]["parts"]}
    assert weights["collaboration"] >= 0.20 and sum(weights.values()) == pytest.approx(1)
    days = {one["occasion"]: one["days"] for one in shipped["care"]["occasions"]}
    assert (days["first_week"], days["three_months"], days["six_months"]) == (7, 91, 182)
    assert {one["metric"] for one in shipped["targets"]["targets"]} <= set(metric_names())


def test_the_tables_say_what_the_files_say(tmp_path):
    targets = (
        "targets:\n  - {metric: nps, direction: at_least, target: 40, from: 2024-01-01, to: 2024-06-30}\n"
        "  - {metric: nps, direction: at_least, target: 45, from: 2024-07-01}\n"
    )
    own = policies(tmp_path, managers=parts(), targets=targets)
    with duckdb.connect() as connection:
        write_policy_tables(connection, own)

        def rows(query: str):
            return connection.execute(query).fetchall()

        assert rows("select target, starts_on, ends_on from policy.targets order by position") == [
            (40.0, datetime.date(2024, 1, 1), datetime.date(2024, 6, 30)),
            (45.0, datetime.date(2024, 7, 1), datetime.date(9999, 12, 31)),
        ]
        assert rows("select sla_clock, round(interval_z, 3) from policy.manager_settings") == [("answer", 1.645)]
        assert rows("select driver from policy.maintenance_kinds where kind = 'campaigns'") == [("touches",)]
        assert rows("select count(*) from policy.care_occasions") == [(7,)]


@pytest.mark.parametrize(
    ("stem", "text", "message"),
    [
        (
            "managers",
            parts(collaboration=0.15, retention=0.21),
            r"managers\.yml:7: rule collaboration: weight must be at least 0\.2 of the scorecard, not 0\.15",
        ),
        ("managers", parts(retention=0.3), r"managers\.yml:1: parts: weights must add up to 1, not 1\.14"),
        ("managers", parts().replace("sla", "slo"), r"rule slo: part: must be one of .*Did you mean sla\?"),
        ("managers", parts().replace("worst: 0", "worst: 1", 1), r"rule portfolio_value: worst and best are the same"),
        (
            "managers",
            "sla_clock: answr\n",
            r"managers\.yml:1: sla_clock: service\.yml has no clock of tickets .* answr\. Did you mean answer\?",
        ),
        ("managers", "sla_clock: chat_answer\n", r"no clock of tickets that is called chat_answer"),
        ("managers", "interval_level: 1\n", r"managers\.yml:1: interval_level: must be a number from 0\.5 to 0\.999"),
        (
            "maintenance",
            "shared_by:\n  - {kind: people, driver: contacts}\n",
            r"maintenance\.yml:1: shared_by: technology is missing",
        ),
        (
            "maintenance",
            "shared_by:\n  - {kind: people, driver: contact}\n",
            r"driver: must be one of .*Did you mean contacts\?",
        ),
        ("care", "monthly_tiers: [diamonds]\n", r"care\.yml:1: monthly_tiers: .*diamonds\. Did you mean diamond\?"),
        (
            "care",
            "occasions:\n  - {occasion: birthdays, en: e, zh: z, days: 0, opens_days: 7, is_service: false}\n",
            r"occasion: must be one of .*Did you mean birthday\?",
        ),
        (
            "targets",
            "targets:\n  - {metric: net_revenu, direction: at_least, target: 1}\n",
            r"targets\.yml:2: rule net_revenu: no quoted metric .* Did you mean net_revenue\?",
        ),
        (
            "targets",
            "targets:\n  - {metric: nps, direction: at_least, target: 1, growth: 1}\n",
            r"targets\.yml:2: rule nps: give either target or growth",
        ),
        (
            "targets",
            "targets:\n  - {metric: nps, direction: at_least, target: 1, to: 2024-05-31}\n"
            "  - {metric: nps, direction: at_least, target: 2, from: 2024-05-31}\n",
            r"targets\.yml:3: rule nps: two targets of one metric share a day",
        ),
        (
            "targets",
            "targets:\n  - {metric: nps, direction: at_least, target: 1, from: 2024-06-01, to: 2024-05-31}\n",
            r"from 2024-06-01 is after to 2024-05-31",
        ),
    ],
)
def test_a_fault_names_its_place(tmp_path, stem, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, **{stem: text})
