"""Policies: defaults that hold together, a workspace's own laid over them, and messages that point at the fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.policies.conditions import Condition, parse_conditions
from include.policies.reader import PolicyError, read_policies
from include.workspace import Workspace


@pytest.fixture
def policies_of(tmp_path: Path):
    """Reads the policies of a workspace whose own files are given by stem."""

    def read(**files: str):
        for stem, text in files.items():
            (tmp_path / f"{stem}.yml").write_text(text, encoding="utf-8")
        return read_policies(Workspace("shop", (), policies=tmp_path))

    return read


def test_the_shipped_policies_are_the_documented_defaults():
    """Defaults of the card: top 5 % and 20 %, silver 50 %, three misses, leads of 90 and 180 days."""
    policies = read_policies(Workspace("shop", ()))
    assert [(tier["name"], tier.get("top_share")) for tier in policies["tiers"]["tiers"]] == [
        ("diamond", 0.05),
        ("gold", 0.2),
        ("silver", 0.5),
        ("bronze", None),
    ]
    assert policies["tiers"]["metric"] == "net_revenue_12m"
    assert policies["tiers"]["grace_periods"] == 3
    assert policies["churn"]["leads"] == [90, 180]
    assert re.fullmatch(r"[0-9a-f]{12}", policies.version)


def test_a_workspace_replaces_keys_and_keeps_the_rest(policies_of):
    shipped = read_policies(Workspace("shop", ()))
    own = policies_of(tiers="grace_periods: 1\n")
    assert own["tiers"]["grace_periods"] == 1
    assert own["tiers"]["tiers"] == shipped["tiers"]["tiers"]
    assert own["clv"] == shipped["clv"]
    assert own.version != shipped.version


def test_the_version_is_of_the_content_not_of_its_writing(policies_of):
    shipped = read_policies(Workspace("shop", ()))
    assert policies_of(tiers="# as shipped\ngrace_periods:    3\n").version == shipped.version


TAG = 'tags:\n  - {{name: x, en: X, zh: 某, kind: risk, when: "{}"}}\n'
TIERS = "tiers:\n  - {name: a, top_share: 0.2}\n  - {name: b}\n"


@pytest.mark.parametrize(
    ("stem", "text", "message"),
    [
        (
            "tiers",
            'overrides:\n  - {rule: vip, tier: gold, when: "complain_rate < 0.03"}\n',
            r"tiers\.yml:2: rule vip: unknown metric complain_rate; did you mean complaint_rate\?",
        ),
        ("tiers", "metric: net_revenu_12m\n", r"tiers\.yml:1: metric: unknown metric .*Did you mean net_revenue_12m\?"),
        ("tiers", "grace: 3\n", r"tiers\.yml:1: grace: no such setting in tiers\.yml\."),
        ("tiers", "grace_periods: 0\n", r"tiers\.yml:1: grace_periods: must be a whole number from 1 to 24"),
        ("tiers", "grace_periods: true\n", r"tiers\.yml:1: grace_periods: must be a whole number"),
        ("tiers", "\ngrace_periods: three\n", r"tiers\.yml:2: grace_periods: must be a whole number"),
        ("tiers", "tiers: []\n", r"tiers\.yml:1: tiers: must be a list with an entry or more"),
        ("tiers", TIERS, r"include/policies/tiers\.yml:11: rule diamond_vip: unknown tier diamond"),
        (
            "tiers",
            "overrides: []\ntiers:\n  - {name: a, top_share: 0.5}\n  - {name: b, top_share: 0.2}\n  - {name: c}\n",
            r"tiers\.yml:4: tier b: top_share must be over that of a",
        ),
        ("tiers", f"overrides: []\n{TIERS}  - {{name: b}}\n", r"tiers\.yml:5: tiers b: name is given twice"),
        (
            "tiers",
            'overrides:\n  - {rule: x, tier: gold, when: "1 = 1; drop table t"}\n',
            r"tiers\.yml:2: rule x: '1 = 1; drop table t' is no condition",
        ),
        ("tiers", "overrides:\n  - {rule: x, tier: gold}\n", r"tiers\.yml:2: rule x: when is missing"),
        (
            "tags",
            TAG.format("complaint_12m >= 2"),
            r"tags\.yml:2: tag x: unknown metric complaint_12m; did you mean complaints_12m\?",
        ),
        (
            "tags",
            TAG.format("tier is platinum"),
            r"tags\.yml:2: tag x: tier is never platinum\. Known in tiers\.yml: diamond, ",
        ),
        (
            "tags",
            TAG.format("tier is gold or diamonds"),
            r"tags\.yml:2: tag x: tier is never diamonds\. Did you mean diamond\?",
        ),
        ("tags", TAG.format("stage is lost"), r"tags\.yml:2: tag x: stage is no name's owner"),
        ("tags", TAG.format("tier is 'a'; drop"), r"tags\.yml:2: tag x: .* is no condition"),
        (
            "tags",
            TAG.format("orders_12m > 1").replace("x,", "gender,"),
            r"tags\.yml:2: tag gender: an attribute is called so",
        ),
        (
            "tags",
            "attributes:\n  - {column: email, en: a, zh: b}\n",
            r"tags\.yml:2: rule email: column: must be one of kind, ",
        ),
        ("tiers", "grace_periods: 3\ngrace_periods: 4\n", r"tiers\.yml:2: grace_periods is given twice"),
        ("tiers", "grace_periods: [3\n", r"tiers\.yml:\d+: not valid YAML"),
        ("tiers", "- 3\n", r"tiers\.yml:1: a policy file is a list of"),
        (
            "rfm",
            "segments:\n  - {name: best, r: [2, 5], f: [1, 5], m: [1, 5]}\n",
            r"rfm\.yml:1: segments: no segment for r 1, f 1, m 1",
        ),
        (
            "rfm",
            "segments:\n  - {name: x, r: [5, 2], f: [1, 5], m: [1, 5]}\n",
            r"rfm\.yml:2: segments x: r: must be a pair",
        ),
        ("churn", "leads: [3]\n", r"churn\.yml:1: leads: must be a list of days from 7 to 730"),
        ("churn", "champion_metric: logloss\n", r"must be one of log_loss, brier, auc\. Did you mean log_loss\?"),
        (
            "churn",
            "risk_tiers:\n  - {name: high, at_least: 0.5}\n",
            r"churn\.yml:2: risk tier high: the last tier must begin at 0",
        ),
        ("value_drivers", "cross_sell_of: categroy\n", r"must be one of category, .*Did you mean category\?"),
        (
            "value_drivers",
            "drivers:\n  - {name: renewal, group: contracts, base: terms, rate: won, worth: money}\n",
            r"value_drivers\.yml:1: drivers: purchase_intention, .*, win_back missing; all eleven are computed",
        ),
        ("clv", "margin_rate: 25\n", r"clv\.yml:1: margin_rate: must be a number from 0 to 1"),
        (
            "data_health",
            "exceptions:\n  - {rule: x, dimension: completeness, table: order, at_least: 1}\n",
            r"data_health\.yml:2: rule x: table: must be the name of a table .*Did you mean orders\?",
        ),
        (
            "data_health",
            "exceptions:\n  - {rule: x, dimension: validity, table: customers, column: emial, at_least: 1}\n",
            r"data_health\.yml:2: rule x: customers has no column emial\. Did you mean email\?",
        ),
        (
            "data_health",
            "exceptions:\n  - {rule: x, dimension: validity, table: orders, at_least: 1}\n"
            "  - {rule: y, dimension: validity, table: orders, at_least: 0}\n",
            r"data_health\.yml:3: rule y: x judges the same",
        ),
        (
            "data_health",
            "sometimes_empty:\n  - {table: orders, columns: [store, stor]}\n",
            r"data_health\.yml:2: sometimes_empty orders: orders has no column stor\. Did you mean store\?",
        ),
        (
            "data_health",
            "sometimes_empty:\n  - {table: orders, columns: [store, store]}\n",
            r"data_health\.yml:2: rule orders: columns: must be a list of names, each once",
        ),
        (
            "data_health",
            'rules:\n  - {rule: x, dimension: validity, table: products, column: unit_cost, holds: "1; drop"}\n',
            r"data_health\.yml:2: rule x: '1; drop' is no comparison",
        ),
        (
            "data_health",
            'rules:\n  - {rule: x, dimension: validity, table: orders, column: amount, holds: "line_amount > 1"}\n',
            r"data_health\.yml:2: rule x: no number or date is called line_amount\. Did you mean lines_amount\?",
        ),
        (
            "data_health",
            'rules:\n  - {rule: x, dimension: validity, table: orders, column: amount, holds: "ordered_on > 3"}\n',
            r"data_health\.yml:2: rule x: ordered_on is a date and cannot be compared with the number 3",
        ),
        (
            "data_health",
            "distinct:\n  - {rule: x, table: orders, column: amount}\n",
            r"data_health\.yml:2: rule x: amount is no text",
        ),
        (
            "data_health",
            "dimensions:\n  - {name: completeness, at_least: 0.9, severity: warning}\n",
            r"data_health\.yml:1: dimensions: validity is missing",
        ),
        (
            "lifecycle",
            'rules:\n  - {rule: x, stage: lost, when: "recency_day > 9"}\n  - {rule: y, stage: growth}\n',
            r"lifecycle\.yml:2: rule x: unknown metric recency_day; did you mean recency_days\?",
        ),
        (
            "lifecycle",
            "rules:\n  - {rule: x, stage: growht}\n",
            r"lifecycle\.yml:2: rule x: stage: must be one of prospect.*Did you mean growth\?",
        ),
        (
            "lifecycle",
            "rules:\n  - {rule: x, stage: lost}\n  - {rule: y, stage: growth}\n",
            r"lifecycle\.yml:2: rule x: when is missing; only the last rule has none",
        ),
        (
            "lifecycle",
            'rules:\n  - {rule: x, stage: growth, when: "orders_1m > 1"}\n',
            r"lifecycle\.yml:2: rule x: the last rule takes the rest",
        ),
        (
            "lifecycle",
            'rules:\n  - {rule: x, stage: lost, when: "months_since_return > 5"}\n  - {rule: y, stage: growth}\n',
            r"lifecycle\.yml:2: rule x: months_since_return counts from the return of somebody lost",
        ),
        (
            "lifecycle",
            "rules:\n  - {rule: x, stage: lost, when: "
            '"orders_1m > 1 and orders_1m > 2 and orders_1m > 3 and orders_1m > 4 and orders_1m > 5"}\n'
            "  - {rule: y, stage: growth}\n",
            r"lifecycle\.yml:2: rule x: has 5 conditions; 4 at most",
        ),
        (
            "lifecycle",
            "stages:\n  - {name: lost, en: Gone, zh: 流失, level: 1, good: false}\n",
            r"lifecycle\.yml:1: stages: prospect is missing",
        ),
        (
            "lifecycle",
            "health:\n  - {part: repurchase, en: Again, zh: 复购, weight: 0.5, worst: 1, best: 1}\n",
            r"lifecycle\.yml:1: health: weights must add up to 1, not 0\.5[^$]*"
            r"lifecycle\.yml:2: part repurchase: worst and best are the same",
        ),
        ("tier", "metric: recency_days\n", r"tier\.yml:1: no policy is called tier .*Did you mean tiers\?"),
    ],
)
def test_every_fault_is_named_with_its_place(policies_of, stem, text, message):
    with pytest.raises(PolicyError, match=message):
        policies_of(**{stem: text})


def test_all_faults_are_told_at_once(policies_of):
    with pytest.raises(PolicyError) as error:
        policies_of(tiers="grace_periods: 0\nmetric: nothing\n", clv="margin_rate: 2\n")
    assert len(str(error.value).splitlines()) == 3


def test_conditions_are_metric_operator_value():
    parsed = parse_conditions("monthly_spend > 50000 and complaint_rate<0.03", ("monthly_spend", "complaint_rate"))
    assert [(part.metric, part.operator, str(part.value)) for part in parsed] == [
        ("monthly_spend", ">", "50000"),
        ("complaint_rate", "<", "0.03"),
    ]
    assert isinstance(parsed[0], Condition)
