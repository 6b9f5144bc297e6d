"""Value index, matrix and concentration of the made-up shop, counted again in pandas and numpy from its metrics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import shop

KEY = ["customer_id", "as_of_date"]
POLICIES = {
    "value_index": """
consistency_limit: 0.20
judgements:
  - {more: current, less: potential, by: 3}
  - {more: relationship, less: current, by: 1/2}
  - {more: potential, less: relationship, by: 1/3}
dimensions:
  - name: current
    indicators: [{metric: net_revenue_12m, better: higher}, {metric: orders_12m, better: higher}]
    judgements: [{more: net_revenue_12m, less: orders_12m, by: 3}]
  - name: potential
    indicators:
      - {metric: clv_12m, better: higher}
      - {metric: gross_revenue_trend_3m, better: higher}
      - {metric: recency_days, better: lower}
    judgements:
      - {more: clv_12m, less: gross_revenue_trend_3m, by: 4}
      - {more: clv_12m, less: recency_days, by: 5}
      - {more: gross_revenue_trend_3m, less: recency_days, by: 2}
  - name: relationship
    indicators: [{metric: categories_12m, better: higher}, {metric: return_rate_12m, better: lower}]
    judgements: [{more: categories_12m, less: return_rate_12m, by: 1}]
""",
    "value_matrix": "value_top_share: 0.3\npotential_top_share: 0.4\n",
    "value_concentration": """
measures:
  - {name: revenue, metric: net_revenue_12m}
  - {name: month, metric: net_revenue_1m}
  - {name: returned, metric: returned_amount_12m}
""",
}
# The judgements above as matrices; weights are their principal eigenvectors.
TOP = [[1, 3, 2], [1 / 3, 1, 1 / 3], [1 / 2, 3, 1]]
WITHIN = {
    "current": (["net_revenue_12m", "orders_12m"], [[1, 3], [1 / 3, 1]]),
    "potential": (
        ["clv_12m", "gross_revenue_trend_3m", "recency_days"],
        [[1, 4, 5], [1 / 4, 1, 2], [1 / 5, 1 / 2, 1]],
    ),
    "relationship": (["categories_12m", "return_rate_12m"], [[1, 1], [1, 1]]),
}
LOWER = {"recency_days", "return_rate_12m"}


@pytest.fixture(scope="module")
def made(world, tmp_path_factory):
    policies = tmp_path_factory.mktemp("policies")
    for stem, text in POLICIES.items():
        (policies / f"{stem}.yml").write_text(text, encoding="utf-8")
    orders, lines = shop.orders_and_lines()
    filled = world(policies)
    filled.load("orders", orders)
    filled.load("order_items", lines)
    filled.load("products", shop.products())
    filled.build(shop.LAST_DAY, "+customer_metrics", data_tests=False)
    # A lifetime value for two of three buyers, some of them equal, as a model would write it.
    filled.execute(
        "insert into scores.clv_scores by name select customer_id, as_of_date, model_version, clv_12m from "
        "(select customer_id, as_of_date, '4' as model_version, orders_lifetime * 10 as clv_12m, orders_lifetime, "
        "row_number() over (order by customer_id, as_of_date) as number from core.customer_metrics) "
        "where orders_lifetime > 0 and number % 3 > 0"
    )
    return filled.build(
        shop.LAST_DAY,
        "int_value__scores value_index value_index_indicators value_matrix value_matrix_moves "
        "int_value__lorenz value_concentration value_lorenz",
    )


@pytest.fixture(scope="module")
def metrics(made) -> pd.DataFrame:
    found = made.read(
        "select metrics.*, clv_12m from core.customer_metrics as metrics "
        "left join scores.clv_scores using (customer_id, as_of_date) where orders_lifetime > 0"
    )
    for name, kind in found.dtypes.items():
        if kind is np.dtype(object) and name not in KEY and not name.endswith("_on"):
            found[name] = found[name].astype(float)
    return found.sort_values(KEY).reset_index(drop=True)


def mart(made, name, keys=KEY):
    return made.read(f"select * from marts.{name}").sort_values(keys).reset_index(drop=True)


def eigenvector(matrix):
    """By repeated multiplication, another way than the one under test."""
    weights = np.ones(len(matrix))
    for _ in range(200):
        weights = np.array(matrix) @ weights
        weights /= weights.sum()
    return weights


@pytest.fixture(scope="module")
def expected(metrics) -> pd.DataFrame:
    """Index and dimensions: mean rank among the known, scaled to 0 to 1; weights shared among what is known."""
    told = metrics[KEY].copy()
    index, known = np.zeros(len(metrics)), np.zeros(len(metrics))
    for weight, (dimension, (names, matrix)) in zip(eigenvector(TOP), WITHIN.items(), strict=True):
        scores = pd.DataFrame(
            {
                name: metrics.groupby("as_of_date")[name].transform(
                    lambda values: (
                        (values.rank() - 1) / (values.count() - 1) if values.count() > 1 else values * 0 + 0.5
                    )
                )
                for name in names
            }
        )
        scores = scores.apply(lambda column: 1 - column if column.name in LOWER else column)
        weights = scores.notna() * eigenvector(matrix)
        told[dimension] = (scores.fillna(0) * weights).sum(axis=1) / weights.sum(axis=1)
        index += weight * told[dimension].fillna(0)
        known += weight * told[dimension].notna()
    told["index"] = 100 * index / known
    return told


def test_index_and_dimensions(made, expected):
    found = mart(made, "value_index")
    assert len(found) == len(expected) > 600
    for dimension in WITHIN:
        np.testing.assert_allclose(found[f"{dimension}_score"], expected[dimension], atol=2e-6)
    np.testing.assert_allclose(found["value_index"], expected["index"], atol=2e-4)
    ranks = found.groupby("as_of_date")["value_index"].rank(method="min", ascending=False)
    assert (found["value_rank"] == ranks).all()
    assert found["unknown_indicators"].notna().mean() > 0.3, "the shop leaves something unknown"


def test_what_is_unknown_is_named(made, metrics):
    names = [name for group, _ in WITHIN.values() for name in group]
    unknown = metrics[names].isna().apply(lambda row: " ".join(row.index[row]), axis=1)
    assert (mart(made, "value_index")["unknown_indicators"].fillna("") == unknown).all()


def test_points_of_indicators_add_up_to_the_index(made):
    parts = mart(made, "value_index_indicators", [*KEY, "indicator"])
    assert sorted(parts["as_of_date"].dt.strftime("%Y-%m-%d").unique()) == ["2024-03-31", "2024-04-17"]
    summed = parts.groupby(KEY)["points"].sum().reset_index().merge(mart(made, "value_index"), on=KEY)
    np.testing.assert_allclose(summed["points"], summed["value_index"], atol=1e-3)


def test_quadrants_and_their_moves(made, metrics, expected):
    """High: positive, and no more than the bar's share of the known are better or equal by rank."""

    def high(values, share):
        rank = values.rank(method="min", ascending=False)
        return ((rank <= share * values.count()) & (values > 0)).where(values.notna())

    value = metrics.groupby("as_of_date")["net_revenue_12m"].transform(high, 0.3)
    # Rounded as the mart rounds, so that what is equal there is equal here.
    potential = expected["potential"].round(6).groupby(expected["as_of_date"]).transform(high, 0.4)
    names = {(1, 1): "star", (1, 0): "cash_cow", (0, 1): "question_mark", (0, 0): "dog"}
    quadrants = pd.Series([names.get(pair) for pair in zip(value, potential, strict=True)])
    found = mart(made, "value_matrix")
    assert (found["quadrant"].fillna("") == quadrants.fillna("")).all()
    assert set(quadrants.dropna()) == set(names.values())
    before = quadrants.groupby(metrics["customer_id"]).shift()
    moved = before.notna() & quadrants.notna() & (before != quadrants)
    assert ((found["move"] == "moved") == moved).all() and moved.sum() > 20
    ends = found[found["is_month_end"]]
    moves = mart(made, "value_matrix_moves", ["as_of_date", "from_quadrant", "to_quadrant"])
    assert moves.groupby("as_of_date")["customers"].sum().to_dict() == ends.groupby("as_of_date").size().to_dict()
    told = moves[(moves["from_quadrant"] != moves["to_quadrant"]) & ~moves["from_quadrant"].isin(["new", "unknown"])]
    assert told.loc[told["to_quadrant"] != "unknown", "customers"].sum() == (moved & found["is_month_end"]).sum()


def gini(amounts):
    """Mean absolute difference of all pairs over twice the mean."""
    return np.abs(amounts[:, None] - amounts[None, :]).mean() / (2 * amounts.mean())


def lorenz(amounts, share):
    """Piecewise linear through (k / n, sum of the k lowest / total)."""
    heights = np.concatenate([[0], np.cumsum(np.sort(amounts))]) / amounts.sum()
    return np.interp(share, np.linspace(0, 1, len(amounts) + 1), heights)


def test_concentration_and_lorenz(made, metrics):
    told = mart(made, "value_concentration", ["measure", "as_of_date"])
    curves = mart(made, "value_lorenz", ["measure", "as_of_date", "percent_of_customers"])
    judged = without = 0
    for (measure, day), rows in told.groupby(["measure", "as_of_date"]):
        column = {"revenue": "net_revenue_12m", "month": "net_revenue_1m", "returned": "returned_amount_12m"}[measure]
        amounts = metrics.loc[(metrics["as_of_date"] == day) & (metrics["orders_12m"] > 0), column].to_numpy()
        (row,) = rows.to_dict("records")
        assert (row["customers"], row["negative_customers"]) == (len(amounts), (amounts < 0).sum())
        curve = curves[(curves["measure"] == measure) & (curves["as_of_date"] == day)]
        assert list(curve["percent_of_customers"]) == list(range(101))
        if row["total"] <= 0:
            without += 1
            assert pd.isna(row["gini"]) and pd.isna(row["top_5_share"]) and curve["share_of_amount"].isna().all()
            continue
        judged += 1
        scale = 1 + np.abs(amounts).sum() / amounts.sum()
        assert row["gini"] == pytest.approx(gini(amounts), abs=2e-6 * scale)
        for percent in (5, 10, 20):
            assert row[f"top_{percent}_share"] == pytest.approx(
                1 - lorenz(amounts, 1 - percent / 100), abs=1e-4 * scale
            )
        np.testing.assert_allclose(curve["share_of_amount"], lorenz(amounts, np.arange(101) / 100), atol=1e-4 * scale)
    assert judged > 30 and without > 0 and told["negative_customers"].sum() > 20
