"""The policy of churn: its tables, its indicators, and faults that point at their place."""

from __future__ import annotations

import re

import duckdb
import pytest

from include.policies.churn_policy import FEATURES, indicator_names
from include.policies.reader import PolicyError
from include.policies.tables import write_policy_tables
from include.scoring.churn_inputs import read_reasons
from tests.policies.own_policies import policies

SAID = "en: 'a {value}', zh: 'a {value}'"
HEAD = f"name: a, name_zh: a, cause: c, team: t, {SAID}, shows: recency_days"


@pytest.fixture
def connection(tmp_path):
    with duckdb.connect() as connection:
        write_policy_tables(connection, policies(tmp_path))
        yield connection


def test_at_least_twenty_indicators_and_none_that_names_or_places_a_person():
    assert len(indicator_names()) >= 20
    personal = ("name", "mail", "phone", "street", "post", "city", "region", "gender", "sex", "birth", "age_", "key")
    assert not [name for name in indicator_names() if any(part in name for part in personal) and name != "active_months"
                and not name.startswith(("average", "active"))]  # fmt: skip


def test_what_the_policy_knows_is_what_the_model_makes():
    macro = (FEATURES.parents[3] / "macros" / "churn_indicators.sql").read_text(encoding="utf-8")
    made = re.findall(r"'(\w+)'", macro[macro.index("churn_indicators()") : macro.index("endmacro")])
    assert tuple(name for name in made if name not in ("metrics", "signals")) == indicator_names()


def test_leads_and_hours_are_tables(connection):
    assert connection.execute("from policy.churn_leads order by 1").fetchall() == [(90,), (180,)]
    hours = "select definition, late_answer_hours, late_answer_days, late_solution_days from policy.churn_settings"
    assert connection.execute(hours).fetchall() == [("non_contractual", 2.0, 1, 2)]


def test_groups_that_quality_is_told_by_are_a_table(connection):
    groupings = connection.execute("from policy.churn_groupings order by 1").fetchall()
    assert groupings == [("account_group",), ("brand",), ("product",)]
    sizes = "select smallest_group, most_groups from policy.churn_settings"
    assert connection.execute(sizes).fetchone() == (30, 12)


def test_reasons_have_teams_words_indicators_and_conditions(connection):
    late = next(reason for reason in read_reasons(connection) if reason.code == "late_service")
    assert late.shows == "late_complaints_12m"
    assert "late_complaints_since_purchase" in late.indicators
    assert late.conditions == (("late_complaints_12m", ">=", 1.0),)
    team = "select cause, team, words_en, words_zh from policy.churn_reasons where reason = 'late_service'"
    assert connection.execute(team).fetchone()[:2] == ("service", "customer_service")
    told = dict(connection.execute("from policy.churn_told_reasons").fetchall())
    assert told["competitor"] == "says_competitor"
    assert told["价格"] == "says_price"


def test_every_indicator_has_one_reason(connection):
    given = [name for reason in read_reasons(connection) for name in reason.indicators]
    assert sorted(given) == sorted(indicator_names())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("leads: [3]\n", r"churn\.yml:1: leads: must be a list of days from 7 to 730"),
        ("definition: contract\n", r"must be one of non_contractual, contractual\. Did you mean contractual\?"),
        (
            "told_by: [product, shop]\n",
            r"churn\.yml:1: told_by: must be a list of product, category, brand,",
        ),
        (
            f"reasons:\n  - {{reason: x, {HEAD}, indicators: [recency_day], when: 'recency_days > 9'}}\n",
            r"churn\.yml:2: rule x: unknown indicator recency_day\. Did you mean recency_days\?",
        ),
        (
            f"reasons:\n  - {{reason: x, {HEAD}, indicators: [recency_days], when: 'recency_day > 9'}}\n",
            r"churn\.yml:2: rule x: unknown metric recency_day; did you mean recency_days\?",
        ),
        (
            f"reasons:\n  - {{reason: x, {HEAD}, indicators: [recency_days]}}\n",
            r"churn\.yml:2: rule x: a reason that nobody tells needs indicators and when",
        ),
        (f"reasons:\n  - {{reason: x, {HEAD}, told: [gone]}}\n", r"churn\.yml:1: reasons: indicator \w+ belongs to no"),
        (
            f"reasons:\n  - {{reason: x, {HEAD}, told: [gone]}}\n  - {{reason: y, {HEAD}, told: [Gone]}}\n",
            r"churn\.yml:3: rule y: 'Gone' already tells x",
        ),
        (
            f"reasons:\n  - {{reason: x, {HEAD.replace('{value}', 'b', 1)}, told: [gone]}}\n",
            r"churn\.yml:2: rule x: en must hold \{value\} once",
        ),
    ],
)
def test_faults_are_named_with_their_place(tmp_path, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, churn=text)
