"""Tags of two real retailers' customers: who carries each, its value and since when, by conditions judged by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.real_retailers.standing_by_hand import holds, policy

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]

KEY = ["customer", "as_of_date"]
# Of the attributes that may be tags, what the files tell.
ATTRIBUTES = {"complete_journey": ["age_band", "income_band"], "online_retail": []}
# Tags that nobody can carry: neither file tells of tickets, surveys, payments, terms, referrals or events.
NOBODY = {"complainer", "detractor", "promoter", "overdue", "subscriber", "referrer", "silent"}
# The grocer has no returns, so no loss, and sells of everything; invoices name no category, discount or coupon.
FURTHER = {
    "complete_journey": {"sends_back", "unprofitable", "one_category"},
    "online_retail": {"discount_hunter", "coupon_user", "explorer", "one_category"},
}
BY_MODEL = {"churn_risk": "churn_scores", "clv_tier": "clv_scores"}


@pytest.fixture(scope="module")
def facts(retailer) -> pd.DataFrame:
    """Metrics by hand of every customer and date, and what tiers, segments and models call them."""
    rows = retailer.known.merge(retailer.tiers[[*KEY, "tier", "held"]], on=KEY, how="left")
    rows = rows.rename(columns={"held": "tier_level"})
    segments = retailer.mart("rfm_scores")[[*KEY, "rfm_total"]]
    values = retailer.mart("clv_tiers")[[*KEY, "value_tier"]].rename(columns={"value_tier": "clv_tier"})
    churn = retailer.mart("churn_risk_tiers").query("lead_days == 90")[[*KEY, "risk_tier"]]
    for more in (segments, values, churn.rename(columns={"risk_tier": "churn_risk"})):
        rows = rows.merge(more, on=KEY, how="left")
    return rows.sort_values(KEY).reset_index(drop=True)


def held(facts: pd.DataFrame, when: str, last: pd.Timestamp) -> pd.DataFrame:
    """Who meets the conditions at the last date, since the first date of the run that ends there, and the value."""
    true = holds(facts, when)
    broken = facts["as_of_date"].where(~true).groupby(facts["customer"]).transform("max")
    run = facts[true & ~(facts["as_of_date"] < broken)]
    since = run.groupby("customer")["as_of_date"].min()
    now = facts[true & (facts["as_of_date"] == last)].set_index("customer")
    subject = when.split()[0]
    return pd.DataFrame({"since": since.reindex(now.index), "value": now[subject]})


def test_every_tag_of_the_policy(retailer, facts):
    found = retailer.mart("customer_tags")
    carried = set()
    for tag in policy("tags")["tags"]:
        ours = held(facts, tag["when"], retailer.last).sort_index()
        theirs = found[found["tag"] == tag["name"]].set_index("customer").sort_index()
        assert list(theirs.index) == list(ours.index), tag["name"]
        assert (theirs["since"] == ours["since"]).all(), tag["name"]
        if len(ours):
            carried.add(tag["name"])
            subject = tag["when"].split()[0]
            assert set(theirs["measure"]) == {subject} and set(theirs["kind"]) == {tag["kind"]}
            assert set(theirs["given_by"]) == {"model" if subject in BY_MODEL else "policy"}
            column = theirs["value_text"] if " is " in tag["when"] else theirs["value_number"].astype(float)
            expected = ours["value"] if " is " in tag["when"] else ours["value"].astype(float)
            pd.testing.assert_series_equal(
                column, expected, check_names=False, check_dtype=False, check_index_type=False, atol=2e-6
            )
    everyone = {tag["name"] for tag in policy("tags")["tags"]}
    assert carried == everyone - NOBODY - FURTHER[retailer.name]


def test_attributes_are_tags(retailer):
    found = retailer.mart("customer_tags").query("kind == 'attribute'")
    assert set(found["tag"]) == set(ATTRIBUTES[retailer.name])
    people = retailer.books.people.set_index("customer")
    for name in ATTRIBUTES[retailer.name]:
        own = found[found["tag"] == name].set_index("customer")
        assert own["value_text"].to_dict() == people[name].dropna().to_dict()
        assert (own["since"] == people["created_on"].reindex(own.index)).all()
        assert set(own["given_by"]) == {"record"}
