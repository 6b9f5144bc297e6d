"""Policies of benefits, the long tail and accounts: their tables, and faults that point at their place."""

from __future__ import annotations

import duckdb
import pytest

from include.policies.reader import PolicyError
from include.policies.tables import write_policy_tables
from tests.policies.own_policies import policies

BRONZE = (
    "  - {tier: bronze, price_share: 1, points_multiplier: 1, birthday_multiplier: 2, response_hours: 24, "
    "dedicated_manager: false, gifts: []}\n"
)
THREE_TIERS = """overrides: []
tiers:
  - {name: gold, top_share: 0.2}
  - {name: silver, top_share: 0.5}
  - {name: bronze}
"""


def test_prices_and_multipliers_are_the_documented_defaults(tmp_path):
    """Silver pays 90 %, gold 80 %; points are doubled on birthdays; the long tail is 12 months and a tenth."""
    shipped = policies(tmp_path)
    prices = {tier["tier"]: tier["price_share"] for tier in shipped["benefits"]["tiers"]}
    assert (prices["silver"], prices["gold"]) == (0.90, 0.80)
    assert {tier["birthday_multiplier"] for tier in shipped["benefits"]["tiers"]} == {2}
    assert (shipped["long_tail"]["months"], shipped["long_tail"]["cost_share"]) == (12, 0.10)


def test_an_answer_is_promised_in_the_time_by_which_it_is_measured(tmp_path):
    """The target of an ordinary ticket of each tier, as ticket_sla picks it: most conditions first."""
    shipped = policies(tmp_path)
    for tier in shipped["benefits"]["tiers"]:
        fitting = [
            rule
            for rule in shipped["service"]["targets"]
            if rule["clock"] == "answer" and not {"kinds", "priorities", "channels"} & set(rule)
            and tier["tier"] in rule.get("tiers", [tier["tier"]])
        ]  # fmt: skip
        best = max(fitting, key=lambda rule: "tiers" in rule)
        assert f"{tier['response_hours']} h" == best["within"]


def test_every_tier_has_a_row_for_every_benefit(tmp_path):
    with duckdb.connect() as connection:
        write_policy_tables(connection, policies(tmp_path))
        counted = connection.execute(
            "select tier, count(*), count(distinct benefit) from policy.tier_benefits group by 1"
        )
        assert sorted(counted.fetchall()) == [(tier, 8, 8) for tier in ("bronze", "diamond", "gold", "silver")]
        given = connection.execute("select benefit from policy.tier_benefits where tier = 'bronze' and is_given")
        assert given.fetchall() == [("birthday_multiplier",), ("response_hours",)]


def test_a_tier_without_benefits_is_a_fault_with_the_name_that_was_meant(tmp_path):
    own = "tiers:\n" + BRONZE.replace("bronze", "bronce")
    with pytest.raises(PolicyError) as error:
        policies(tmp_path, benefits=own, tiers=THREE_TIERS)
    gold, silver, bronze = str(error.value).splitlines()
    assert gold.endswith(
        "benefits.yml:1: tiers: tier gold of tiers.yml has no benefits. Add it to your own benefits.yml."
    )
    assert "silver" in silver
    assert bronze.endswith("tier bronze of tiers.yml has no benefits. Did you mean bronze where it says bronce?")


def test_fewer_tiers_need_no_other_benefits(tmp_path):
    assert len(policies(tmp_path, tiers=THREE_TIERS)["benefits"]["tiers"]) == 4


@pytest.mark.parametrize(
    ("stem", "text", "message"),
    [
        (
            "benefits",
            "tiers:\n" + BRONZE.replace("[]", "[anual_gift]"),
            r"benefits\.yml:2: rule bronze: gifts: no gift is called anual_gift\. Did you mean annual_gift\?",
        ),
        ("benefits", "growth_points:\n  - {metric: orders_12, points: 1}\n", r"Did you mean orders_12m\?"),
        (
            "benefits",
            "milestones:\n  - {name: x, en: x, zh: x, kind: purchase_days, at: 2.5}\n",
            r"benefits\.yml:2: milestones x: at counts purchase_days and must be a whole number",
        ),
        (
            "benefits",
            "names:\n  - {benefit: price_share, en: x, zh: x}\n",
            r"names: points_multiplier is missing",
        ),
        (
            "long_tail",
            'offers:\n  - {offer: a, en: a, zh: a, when: "order_6m > 0"}\n  - {offer: b, en: b, zh: b}\n',
            r"long_tail\.yml:2: rule a: unknown metric order_6m; did you mean orders_6m\?",
        ),
        (
            "long_tail",
            'offers:\n  - {offer: a, en: a, zh: a, when: "orders_6m > 0"}\n',
            r"long_tail\.yml:2: rule a: the last offer takes the rest: leave out when",
        ),
        ("long_tail", "offer_after_months: 12\n", r"offer_after_months: must be under months \(12\)"),
        ("long_tail", "high_tiers: 4\n", r"high_tiers: must be under the number of tiers in tiers\.yml \(4\)"),
        ("accounts", "trend_months: 4\n", r"accounts\.yml:1: trend_months: must be 3, 6 or 12"),
        (
            "accounts",
            "bands:\n  - {name: good, zh: 好, at_least: 50}\n",
            r"accounts\.yml:2: bands good: the last band must begin at 0",
        ),
        (
            "accounts",
            "health:\n  - {part: servise, en: x, zh: x, weight: 1}\n",
            r"accounts\.yml:2: rule servise: part: must be one of .*Did you mean service\?",
        ),
    ],
)
def test_faults_are_named_with_their_place(tmp_path, stem, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, **{stem: text})
