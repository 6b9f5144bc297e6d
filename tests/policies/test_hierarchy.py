"""Weights of an analytic hierarchy process: published examples, properties, and judgements that are refused."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from include.policies.hierarchy import RANDOM_INDEX, Judgement, weigh
from include.policies.reader import PolicyError, read_policies
from include.policies.value_index_policy import table_rows
from include.workspace import Workspace

# Saaty (2008), Decision making with the analytic hierarchy process, Int. J. Services Sciences 1(1), p. 87: how much
# of each drink the USA consume. Published: weights below, consistency ratio 0.022.
DRINKS = {
    "coffee": (0.177, "wine 9, tea 5, beer 2, sodas 1, milk 1"),
    "wine": (0.019, ""),
    "tea": (0.042, "wine 3"),
    "beer": (0.116, "wine 9, tea 3, milk 1"),
    "sodas": (0.190, "wine 9, tea 4, beer 2, milk 2"),
    "milk": (0.129, "wine 9, tea 3"),
    "water": (0.327, "coffee 2, wine 9, tea 9, beer 3, sodas 2, milk 3"),
}
# Saaty (1990), How to make a decision: the analytic hierarchy process, European J. of Operational Research 48, table 4:
# what matters in a house. Published: weights below, largest eigenvalue 9.669, consistency ratio 0.169.
HOUSE = {
    "size": (0.173, "transport 5, neighbourhood 3, age 7, yard 6, facilities 6"),
    "transport": (0.054, "age 5, yard 3, facilities 3"),
    "neighbourhood": (0.188, "transport 3, age 6, yard 3, facilities 4, condition 6"),
    "age": (0.018, ""),
    "yard": (0.031, "age 3"),
    "facilities": (0.036, "age 4, yard 2"),
    "condition": (0.167, "size 3, transport 5, age 7, yard 5, facilities 5"),
    "financing": (0.333, "size 4, transport 7, neighbourhood 5, age 8, yard 6, facilities 6, condition 2"),
}


def judgements(published):
    return [
        Judgement(more, *_pair(told)) for more, (_, words) in published.items() for told in words.split(", ") if told
    ]


def _pair(told):
    less, by = told.split()
    return less, Fraction(by)


@pytest.mark.parametrize(("published", "ratio"), [(DRINKS, 0.022), (HOUSE, 0.169)], ids=["drinks", "house"])
def test_published_weights_and_consistency(published, ratio):
    found = weigh(list(published), judgements(published))
    assert {name: round(weight, 3) for name, weight in found.by_name.items()} == {
        name: weight for name, (weight, _) in published.items()
    }
    assert found.consistency_ratio == pytest.approx(ratio, abs=0.0005)


@pytest.mark.parametrize("seed", range(20))
def test_consistent_judgements_give_back_their_weights(seed):
    random = np.random.default_rng(seed)
    numbers = random.integers(1, 10, size=1 + seed % 10).tolist()
    names = [f"n{position}" for position in range(len(numbers))]
    told = [
        Judgement(one, other, Fraction(numbers[first], numbers[second]))
        for (first, one), (second, other) in combinations(enumerate(names), 2)
    ]
    found = weigh(names, told)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9)
    assert list(found.by_name.values()) == pytest.approx([number / sum(numbers) for number in numbers], abs=1e-9)
    assert all(found.implied(one) == pytest.approx(float(one.by)) for one in told)


SCALE = [Fraction(n) for n in range(1, 10)] + [Fraction(1, n) for n in range(2, 10)]


@pytest.mark.parametrize("seed", range(40))
def test_neither_order_nor_direction_matters(seed):
    random = np.random.default_rng(seed)
    values, order = [SCALE[n] for n in random.integers(0, len(SCALE), 6)], random.permutation(4)
    names = ["a", "b", "c", "d"]
    told = [Judgement(*pair, by) for pair, by in zip(combinations(names, 2), values, strict=True)]
    turned = [Judgement(one.less, one.more, 1 / one.by) for one in told]
    first, second = weigh(names, told), weigh([names[n] for n in order], turned[::-1])
    assert sum(first.by_name.values()) == pytest.approx(1)
    assert all(weight > 0 for weight in first.by_name.values())
    assert first.by_name == pytest.approx(second.by_name, abs=1e-9)
    assert first.consistency_ratio == pytest.approx(second.consistency_ratio, abs=1e-9)
    # By definition: matrix × weights = largest eigenvalue × weights.
    matrix = np.ones((4, 4))
    for one in told:
        row, column = names.index(one.more), names.index(one.less)
        matrix[row, column], matrix[column, row] = float(one.by), float(1 / one.by)
    vector = np.array([first.by_name[name] for name in names])
    largest = 4 + first.consistency_ratio * RANDOM_INDEX[4] * 3
    assert matrix @ vector == pytest.approx(largest * vector, abs=1e-6)


DIMENSIONS = """
dimensions:
  - {name: current, indicators: [{metric: net_revenue_12m, better: higher}]}
  - {name: potential, indicators: [{metric: clv_12m, better: higher}]}
  - name: relationship
    indicators:
      - {metric: tenure_days, better: higher}
      - {metric: recency_days, better: lower}
    judgements:
      - {more: tenure_days, less: recency_days, by: 1/3}
"""
SOUND = """judgements:
  - {more: current, less: potential, by: 2}
  - {more: current, less: relationship, by: 4}
  - {more: potential, less: relationship, by: 2}
"""


@pytest.fixture
def policy_of(tmp_path):
    def read(text):
        (tmp_path / "value_index.yml").write_text(text, encoding="utf-8")
        return read_policies(Workspace("shop", (), policies=tmp_path))["value_index"]

    return read


def test_weights_become_rows(policy_of):
    rows = table_rows(policy_of(SOUND + DIMENSIONS))["value_index_weights"]
    assert [(row[1], row[3], row[4]) for row in rows] == [
        ("current", "net_revenue_12m", "higher"),
        ("potential", "clv_12m", "higher"),
        ("relationship", "tenure_days", "higher"),
        ("relationship", "recency_days", "lower"),
    ]
    assert [row[2] for row in rows] == pytest.approx([4 / 7, 2 / 7, 1 / 7, 1 / 7])
    assert [row[5] for row in rows] == pytest.approx([1, 1, 1 / 4, 3 / 4])
    assert sum(row[6] for row in rows) == pytest.approx(1)


def test_the_shipped_judgements_agree():
    policy = read_policies(Workspace("shop", ()))["value_index"]
    assert sum(row[6] for row in table_rows(policy)["value_index_weights"]) == pytest.approx(1)
    assert policy["consistency_limit"] <= 0.10, "judgements that contradict each other further are refused when read"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SOUND.replace("relationship, by: 2", "relationship, by: 1/4"),
            r"value_index\.yml:2: judgements: the judgements contradict each other \(consistency ratio 0\.431, at most "
            r"0\.1\)\. Revisit current over potential by 2 \(line 2; all together say by 4\); current over "
            r"relationship by 4 \(line 3; all together say by 2\); potential over relationship by 1/4 \(line 4; ",
        ),
        ("consistency_limit: 0\n" + SOUND.replace("by: 4", "by: 5"), r"\(consistency ratio 0\.005, at most 0\)"),
        (SOUND.replace("by: 4", "by: 10"), r"value_index\.yml:3: judgements: by: must be a number from 1 to 9, or 1/2"),
        (SOUND.replace("by: 4", "by: 0"), r"value_index\.yml:3: judgements: by: must be a number from 1 to 9"),
        (
            "judgements:\n  - {more: current, less: potential, by: 2}\n",
            r"value_index\.yml:1: judgements: no judgement of current and relationship\. Add \{more: current, ",
        ),
        (
            SOUND + "  - {more: potential, less: current, by: 1/2}\n",
            r"value_index\.yml:5: judgements: current and potential are judged twice \(first in line 2\)",
        ),
        (
            SOUND.replace("more: potential", "more: relationship"),
            r"yml:4: judgements: relationship is compared with it",
        ),
        (
            SOUND.replace("less: potential", "less: potentail"),
            r"yml:2: judgements: potentail is not compared here .*\. Did you mean potential\?",
        ),
        (
            DIMENSIONS.replace("      - {more: tenure_days, less: recency_days, by: 1/3}\n", "      []\n"),
            r"value_index\.yml:9: dimensions relationship: no judgement of tenure_days and recency_days",
        ),
        (
            DIMENSIONS.replace("clv_12m", "recency_days"),
            r"yml:8: dimensions relationship: recency_days is already in p",
        ),
        (DIMENSIONS.replace("clv_12m", "clv_12"), r"yml:4: .*unknown metric clv_12\. Did you mean clv_12m\?"),
        (DIMENSIONS.replace("lower", "smaller"), r"yml:8: .*better: must be one of higher, lower"),
        (
            "judgements: []\ndimensions:\n  - {name: current, indicators: [{metric: recency_days, better: lower}]}\n",
            r"yml:2: dimensions: potential is missing",
        ),
    ],
)
def test_a_broken_hierarchy_is_refused_with_its_place(policy_of, text, message):
    with pytest.raises(PolicyError, match=message):
        policy_of(text)


def test_the_judgement_furthest_from_the_rest_is_named_first():
    """In the house it is neighbourhood over condition by 6: by their weights it is 0.188 / 0.167."""
    found = weigh(list(HOUSE), judgements(HOUSE))
    worst = found.worst_first(judgements(HOUSE))[0]
    assert (worst.more, worst.less, worst.by) == ("neighbourhood", "condition", 6)
