"""Campaigns and coupons of a grocer who held nobody back, counted and compared once more in pandas."""

from __future__ import annotations

import pandas as pd
import pytest
from scipy import stats

from tests.dbt_project.campaigns_by_hand import difference_in_cells

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]
ONE = pd.Timedelta(days=1)


@pytest.fixture
def roi(retailer) -> pd.DataFrame:
    if retailer.name != "complete_journey":
        assert retailer.mart("campaign_roi").empty and retailer.mart("channel_performance").empty
        pytest.skip("this retailer tells of no campaigns")
    found = retailer.mart("campaign_roi")
    return found.assign(campaign=found["campaign_id"].str.removeprefix("complete_journey:")).set_index("campaign")


def test_redemptions_are_those_of_the_file_by_campaign_and_household(retailer, roi):
    redeemed = retailer.books.touches[retailer.books.touches["kind"] == "redeemed"]
    found = retailer.mart("fct_campaign_touches")
    ours = found[found["kind"] == "redeemed"]
    ours = ours.assign(campaign=ours["campaign_id"].str.removeprefix("complete_journey:"))
    by_household = ours.groupby(["campaign", "customer"]).size()
    expected = redeemed.assign(campaign=redeemed["campaign"].astype(str)).groupby(["campaign", "customer"]).size()
    assert by_household.sort_index().to_dict() == expected.sort_index().to_dict() and len(expected) > 500
    assert (
        roi["redeemed"].loc[expected.groupby("campaign").sum().index].tolist()
        == expected.groupby("campaign").sum().tolist()
    )
    assert (
        roi["redeemers"].loc[expected.groupby("campaign").size().index].tolist()
        == expected.groupby("campaign").size().tolist()
    )
    assert roi["redeemed"].sum() == len(redeemed)


def test_nobody_was_held_back_so_nothing_is_called_randomised(roi):
    assert set(roi["design"]) == {"matched"} and (roi["controls"] == 0).all()
    assert set(roi["reason"]) <= {"matched", "unbalanced", "no_history", "too_few", "too_early"}
    assert roi["reason_en"].str.len().gt(10).all()
    assert roi["cost"].isna().all() and roi["roi"].isna().all(), "the file tells no cost"
    known = roi[roi["incremental_margin"].notna()]
    assert known["margin_is_assumed"].all() and len(known) > 5
    print(
        roi[["starts_on", "treated", "compared_treated", "compared_others", "imbalance", "reason",
             "incremental_revenue", "incremental_revenue_lower", "incremental_revenue_upper", "redeemed", "redeemers"]]
        .sort_values("starts_on").to_string()
    )  # fmt: skip


def test_effects_are_those_against_households_that_bought_alike(retailer, roi):
    """Change of spending since just before, in cells of bands of revenue and days with a purchase in half a year."""
    books = retailer.books
    sales = books.orders.assign(amount=books.orders["net"] / 10_000)
    targeted = books.touches[books.touches["kind"] == "targeted"]
    first_orders = sales.groupby("customer")["day"].min()
    known = roi[roi["incremental_margin"].notna()]
    for campaign, row in known.iterrows():
        first, last = row["starts_on"], min(row["measured_until"], books.as_of)
        days = (last - first).days + 1
        between = {
            "after": (first, last),
            "before": (first - days * ONE, first - ONE),
            "long": (first - 180 * ONE, first - ONE),
        }
        spent = {
            name: sales[sales["day"].between(*span)].groupby("customer")["amount"].sum()
            for name, span in between.items()
        }
        bought = sales[sales["day"].between(*between["long"])].groupby("customer")["day"].nunique()
        people = first_orders.index[first_orders < first]
        told = {name: amounts.reindex(people, fill_value=0).round(4) for name, amounts in spent.items()}
        frame = pd.DataFrame(
            {
                "region": "",
                "change": told["after"] - told["before"],
                "revenue": told["long"],
                "days": bought.reindex(people, fill_value=0),
                "recent": people.isin(sales[sales["day"].between(*between["before"])]["customer"]),
                "treated": people.isin(targeted[targeted["campaign"].astype(str) == campaign]["customer"]),
            }
        )
        found = difference_in_cells(frame)
        assert (row["compared_treated"], row["compared_others"]) == (found.treated, found.peers), campaign
        effect = found.effect * row["treated"]
        reach = found.error * row["treated"] * stats.t.ppf(0.975, found.degrees)
        ours = [float(row[f"incremental_revenue{end}"]) for end in ("", "_lower", "_upper")]
        assert ours == pytest.approx([effect, effect - reach, effect + reach], rel=1e-3, abs=0.5), campaign
