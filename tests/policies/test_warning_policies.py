"""Policies of alerts, retention, win-back, credit, fraud and growth: their tables, and faults that name their place."""

from __future__ import annotations

import duckdb
import pytest

from include.policies.reader import PolicyError
from include.policies.tables import write_policy_tables
from tests.policies.own_policies import policies

SIGNAL = "{signal: quiet, en: q, zh: q, points: 1, when: "
LEVELS = "levels:\n  - {level: high, en: h, zh: h, at_least: 3, due_days: 1}\n"
INTERVENTION = "interventions:\n  - {intervention: call, en: c, zh: c, cost: 1, effect: 0.1, source: s, "


def test_the_documented_defaults(tmp_path):
    """Thirty days without login, and a return of over 200 % on cost comes first."""
    shipped = policies(tmp_path)
    quiet = {one["signal"]: one["when"] for one in shipped["alerts"]["signals"]}["gone_quiet"]
    assert quiet == "days_since_active > 30"
    assert shipped["retention"]["roi_first"] == 2


def test_an_offer_is_a_row_for_each_level_and_tier(tmp_path):
    with duckdb.connect() as connection:
        write_policy_tables(connection, policies(tmp_path))
        rows = connection.execute(
            "select level, tier from policy.alert_offers where offer = 'personal_call'"
        ).fetchall()
        assert sorted(rows) == [(level, tier) for level in ("high", "urgent") for tier in ("diamond", "gold")]
        last = connection.execute("select level, tier from policy.alert_offers order by position desc").fetchone()
        assert last == (None, None)
        meant = "select signal, level from policy.retention_interventions where intervention = 'service_recovery'"
        assert sorted(connection.execute(meant).fetchall()) == [("late_answer", None), ("negative_word", None)]
        assert connection.execute("from policy.fraud_shared").fetchall()[0] == ("device", 2)
        for table in ("alert_settings", "win_back_settings", "credit_settings", "fraud_settings", "growth_settings"):
            assert connection.execute(f"select count(*) from policy.{table}").fetchone() == (1,), table


@pytest.mark.parametrize(
    ("stem", "text", "message"),
    [
        ("alerts", "lead_days: 100\n", r"alerts\.yml:1: lead_days: must be one of the leads of churn\.yml \(90, 180\)"),
        (
            "alerts",
            f"signals:\n  - {SIGNAL}recency_day > 3}}\n",
            r"alerts\.yml:2: rule quiet: unknown metric recency_day; did you mean recency_days\?",
        ),
        (
            "alerts",
            f"signals:\n  - {SIGNAL}recency_days}}\n",
            r"alerts\.yml:2: rule quiet: 'recency_days' is no condition",
        ),
        (
            "alerts",
            LEVELS + "  - {level: low, en: l, zh: l, at_least: 3, due_days: 2}\n",
            r"alerts\.yml:3: rule low: at_least must be under that of high",
        ),
        (
            "alerts",
            "offers:\n  - {offer: gift, en: g, zh: g, levels: [urgnt]}\n  - {offer: all, en: a, zh: a}\n",
            r"alerts\.yml:2: rule gift: levels: no level is called urgnt\. Did you mean urgent\?",
        ),
        (
            "alerts",
            "offers:\n  - {offer: gift, en: g, zh: g, tiers: [gold]}\n",
            r"rule gift: the last offer takes the rest",
        ),
        (
            "alerts",
            "tier_points:\n  - {tier: golden, points: 1}\n",
            r"alerts\.yml:2: rule golden: no tier of tiers\.yml is",
        ),
        (
            "retention",
            INTERVENTION + "levels: [top]}\n",
            r"retention\.yml:2: rule call: levels: no level of alerts\.yml",
        ),
        ("retention", INTERVENTION + "signals: [late_answr]}\n", r"called late_answr\. Did you mean late_answer\?"),
        ("retention", "roi_first: lots\n", r"retention\.yml:1: roi_first: must be a number from 0 to 1000"),
        ("win_back", "return_days: 0\n", r"win_back\.yml:1: return_days: must be a whole number from 1"),
        (
            "credit",
            "rules:\n  - {rule: late, en: l, zh: l, points: 5, when: latte_share > 0.1}\n",
            r"credit\.yml:2: rule late: unknown metric latte_share; did you mean late_share\?",
        ),
        (
            "credit",
            "classes:\n  - {class: bad, en: b, zh: b, at_least: 5, limit_months: 0}\n",
            r"credit\.yml:2: rule bad: the last class must begin at 0",
        ),
        (
            "credit",
            "collections:\n  - {step: a, en: a, zh: a, from_days: 3}\n  - {step: b, en: b, zh: b, from_days: 5}\n",
            r"credit\.yml:3: rule b: from_days must be under that of a",
        ),
        (
            "fraud",
            "shared:\n  - {what: phone, accounts: 1}\n",
            r"fraud\.yml:2: rule phone: accounts: must be a whole number",
        ),
        ("growth", "actions:\n  - {action: cupon, en: c, zh: c}\n", r"Did you mean coupon\?"),
    ],
)
def test_a_fault_names_file_line_and_rule(tmp_path, stem, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, **{stem: text})


def test_the_shipped_alerts_stand_beside_other_tiers(tmp_path):
    """A company without diamonds uses what the shipped file says of gold alone."""
    tiers = "overrides: []\ntiers:\n  - {name: gold, top_share: 0.2}\n  - {name: silver, top_share: 0.5}\n"
    tiers += "  - {name: bronze}\n"
    assert len(policies(tmp_path, tiers=tiers)["tiers"]["tiers"]) == 3
