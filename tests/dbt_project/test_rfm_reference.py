"""rfm_scores against the scores that the R package rfm (rsquaredacademy, MIT) publishes for its own orders."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

AS_OF = date(2006, 12, 31)
SCORES = {"r_score": "R", "f_score": "F", "m_score": "M"}
VALUES = {"r_score": "recency_days", "f_score": "n", "m_score": "amt"}
# customer, score, value, ours, theirs. Both put the bars at quantiles of type 7. Where one lies between two customers'
# values (296.4 days, 254.8 and 505.4), the package adds a whole unit to it, and so takes the next value for a tie with
# the bar; ours is over it. No two customers tie there, and no other score differs.
AT_THE_BAR = {
    ("Katlyn Mann", "r_score", 297, 2, 3),
    ("Skylar Hoeger", "m_score", 255, 2, 1),
    ("Jerold Sporer", "m_score", 506, 4, 3),
}


@pytest.fixture(scope="module")
def scored(world, shared_data, shared_reference, tmp_path_factory) -> pd.DataFrame:
    """Our scores beside theirs, one row a customer."""
    policies = tmp_path_factory.mktemp("policies")
    (policies / "calendar.yml").write_text("history_months: 1\n", encoding="utf-8")
    given = pd.read_csv(shared_data / "rfm_ref" / "rfm_data_orders.csv.gz", parse_dates=["order_date"])
    orders = pd.DataFrame(
        {
            "source": "rfm",
            "order_key": [f"o{number}" for number in range(len(given))],
            "customer_key": given["customer_id"],
            "ordered_at": given["order_date"],
            "ordered_on": given["order_date"].dt.date,
            "amount": given["revenue"],
        }
    )
    made = world(policies)
    made.load("orders", orders)
    made.build(AS_OF, "+rfm_scores", data_tests=False)
    ours = made.read(
        "select customer_key as customer_id, rfm_scores.* exclude (customer_id) from marts.rfm_scores "
        f"join core.customer_xref using (customer_id) where as_of_date = '{AS_OF}'"
    )
    theirs = pd.read_csv(shared_reference / "rfm_rsquared_orders_scores.csv.gz")
    return ours.merge(theirs, on="customer_id", how="outer", indicator=True)


def test_the_same_customers_with_the_same_values(scored):
    assert len(scored) == 995 and (scored["_merge"] == "both").all()
    assert (scored["recency_value"] == scored["recency_days"]).all()
    assert (scored["frequency_value"] == scored["n"]).all() and (scored["monetary_value"] == scored["amt"]).all()


def test_scores_differ_only_at_a_bar_between_two_values(scored):
    differing = {
        (row["customer_id"], ours, row[VALUES[ours]], row[ours], row[theirs])
        for ours, theirs in SCORES.items()
        for _, row in scored[scored[ours] != scored[theirs]].iterrows()
    }
    assert differing == AT_THE_BAR
    for _, score, value, ours, theirs in differing:
        bars = np.quantile(scored[VALUES[score]], [0.2, 0.4, 0.6, 0.8])
        assert ((bars < value) & (value < bars + 1)).sum() == 1, "the bar is less than a unit below the value"
        assert (scored[VALUES[score]] == value).sum() == 1 and abs(ours - theirs) == 1


def test_equal_values_share_a_score(scored):
    for score, value in VALUES.items():
        assert scored.groupby(value)[score].nunique().max() == 1
