"""customer_tags against the metrics it is made of, counted back date by date in pandas."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.dbt_project import shop

AS_OF = shop.LAST_DAY
TAGS = """
attributes:
  - {column: gender, en: Gender, zh: 性别}
tags:
  - {name: gold_up,    en: Gold or more, zh: 黄金以上, kind: value,      when: "tier is diamond or gold"}
  - {name: sociable,   en: Sociable,     zh: 爱交流, kind: behaviour, when: "contacts_12m >= 1 and active_days_3m >= 2"}
  - {name: late,       en: Late,         zh: 迟到,     kind: risk,       when: "rhythm_ratio > 1.5"}
  - {name: has_points, en: Has points,   zh: 有积分,   kind: preference, when: "points_balance >= 20.5"}
"""
HOLDS = {
    "gold_up": lambda rows: rows["tier"].isin(["diamond", "gold"]),
    "sociable": lambda rows: (rows["contacts_12m"] >= 1) & (rows["active_days_3m"] >= 2),
    "late": lambda rows: rows["rhythm_ratio"] > 1.5,
    "has_points": lambda rows: rows["points_balance"].astype(float) >= 20.5,
}
MEASURES = {"sociable": "contacts_12m", "late": "rhythm_ratio", "has_points": "points_balance"}


@pytest.fixture(scope="module")
def built(told_shop, tmp_path_factory):
    policies = tmp_path_factory.mktemp("policies")
    (policies / "tags.yml").write_text(TAGS, encoding="utf-8")
    made = told_shop(policies)
    made.build(AS_OF, "+customer_tags", data_tests=False, but="+customer_metrics")
    made.dbt(
        "test",
        "--select",
        "int_tags__held",
        "customer_tags",
        "--exclude-resource-type",
        "unit_test",
        "--indirect-selection",
        "cautious",
    )
    return {
        "tags": made.read("select * from marts.customer_tags order by customer_id, tag"),
        "metrics": made.read(
            "select metrics.*, tier from core.customer_metrics as metrics "
            "left join marts.customer_tiers using (customer_id, as_of_date) order by customer_id, as_of_date"
        ),
        "customers": made.read("select * from core.dim_customer"),
    }


def since_when(rows: pd.DataFrame, holds: pd.Series) -> dict:
    """Of each customer whose last date holds, the first date of the run that ends there."""
    found = {}
    for customer, own in rows.assign(holds=holds.fillna(False).astype(bool)).groupby("customer_id"):
        for day, held in zip(reversed(own["as_of_date"].tolist()), reversed(own["holds"].tolist()), strict=True):
            if not held:
                break
            found[customer] = day
    return found


@pytest.mark.parametrize("tag", HOLDS)
def test_a_tag_is_on_those_whose_run_reaches_the_date(built, tag):
    expected = since_when(built["metrics"], HOLDS[tag](built["metrics"]))
    ours = built["tags"].query("tag == @tag").set_index("customer_id")
    assert ours["since"].to_dict() == expected
    assert 3 < len(expected) < 60 and len(set(expected.values())) > 1


@pytest.mark.parametrize("tag", MEASURES)
def test_the_value_behind_a_tag_is_that_of_the_date(built, tag):
    now = built["metrics"].query("is_current").set_index("customer_id")[MEASURES[tag]].astype(float)
    ours = built["tags"].query("tag == @tag").set_index("customer_id")["value_number"]
    assert ours.to_dict() == now[ours.index].to_dict()


def test_attributes_are_tags_with_their_value(built):
    told = built["customers"].dropna(subset=["gender"]).set_index("customer_id")["gender"].to_dict()
    ours = built["tags"].query("kind == 'attribute'").set_index("customer_id")
    assert ours["value_text"].to_dict() == told and len(told) == 5
    assert set(ours["rule"]) == {"attribute"}
