"""Policies of campaigns and audiences: their tables, and faults that name their place."""

from __future__ import annotations

import duckdb
import pytest

from include.policies.reader import PolicyError
from include.policies.tables import write_policy_tables
from tests.policies.test_warning_policies import policies

PLAN = "plans:\n  - {plan: p, en: p, zh: p, objective: win_back, channel: sms, audience: "


def test_twelve_scenarios_are_shipped_in_two_languages(tmp_path):
    audiences = policies(tmp_path)["audiences"]["audiences"]
    assert len(audiences) == 12
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in one["zh"]) for one in audiences)


def test_policies_as_tables(tmp_path):
    with duckdb.connect() as connection:
        write_policy_tables(connection, policies(tmp_path))
        z = connection.execute("select interval_z from policy.campaign_settings").fetchone()[0]
        assert z == pytest.approx(1.959964, abs=1e-6)
        rule = "select metric, operator, value from policy.campaign_stop_conditions where rule = 'harmful' order by 1"
        assert connection.execute(rule).fetchall() == [
            ("days_measured", ">=", 14),
            ("incremental_margin_upper", "<", 0),
        ]
        plan = "select audience, budget from policy.campaign_plans where plan = 'wake_up_by_sms'"
        assert connection.execute(plan).fetchone() == ("dormant_wake_up", 1000)
        assert connection.execute("select count(*) from policy.audience_conditions").fetchone()[0] > 20


@pytest.mark.parametrize(
    ("stem", "text", "message"),
    [
        (
            "campaigns",
            "stop:\n  - {rule: bad, en: b, zh: b, when: roi_uper < 0}\n",
            r"campaigns\.yml:2: rule bad: unknown metric roi_uper; did you mean roi_upper\?",
        ),
        (
            "campaigns",
            "verdicts:\n  - {verdict: a, en: a, zh: a}\n  - {verdict: b, en: b, zh: b}\n",
            r"campaigns\.yml:2: rule a: when is missing; only the last verdict has none",
        ),
        (
            "campaigns",
            "verdicts:\n  - {verdict: a, en: a, zh: a, when: roi > 0}\n",
            r"campaigns\.yml:2: rule a: the last verdict takes the rest",
        ),
        (
            "campaigns",
            "reasons:\n  - {reason: matched, en: m, zh: m}\n",
            r"campaigns\.yml:1: reasons: randomised is missing",
        ),
        ("campaigns", "minimum_weeks: 30\n", r"campaigns\.yml:1: minimum_weeks: must not be over region_weeks \(26\)"),
        ("campaigns", "discount_caps:\n  - {objective: winback, cap: 0.1}\n", r"Did you mean win_back\?"),
        (
            "campaigns",
            f"{PLAN}dormant}}\n",
            r"campaigns\.yml:2: rule p: audiences\.yml has no audience dormant\.",
        ),
        (
            "audiences",
            "audiences:\n  - {audience: a, en: a, zh: a, when: days_to_birthdays <= 3}\n",
            r"audiences\.yml:2: rule a: unknown metric days_to_birthdays; did you mean days_to_birthday\?",
        ),
        (
            "audiences",
            "audiences:\n  - {audience: a, en: a, zh: a, when: drop table x}\n",
            r"audiences\.yml:2: rule a: 'drop table x' is no condition",
        ),
    ],
)
def test_a_fault_names_file_line_and_rule(tmp_path, stem, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, **{stem: text})


def test_a_company_may_do_without_plans_and_stop_rules(tmp_path):
    found = policies(tmp_path, campaigns="plans: []\nstop: []\ndiscount_caps: []\n")["campaigns"]
    assert found["plans"] == found["stop"] == []
