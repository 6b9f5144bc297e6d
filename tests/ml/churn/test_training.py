"""Churn training: nothing from the future, judged in time, honest when the history is short."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ml.churn.features import feature_names, known_rows
from ml.churn.fitting import score_folds
from ml.churn.recipes import RECIPES
from ml.churn.scoring import score_churn
from ml.churn.training import train_churn_model
from ml.errors import NotEnoughHistory

END = date(2022, 6, 30)
POSITIVES = 20


@pytest.fixture(scope="module")
def trained(shop):
    return train_churn_model(shop, 90, END, POSITIVES, rival_recipe="logistic_loose")


def rows_at(table: pa.Table, day: date) -> pa.Table:
    return table.filter(pc.equal(table["as_of_date"], pa.scalar(day, pa.date32())))


def test_judged_is_the_latest_labelled_date_and_training_ended_a_lead_before(trained):
    assert trained.split.judged_on == date(2022, 3, 31)  # 90 days before the end is 1 April
    assert trained.split.trained_through == date(2021, 12, 31)  # 90 days before the judged date is the same day
    assert not (trained.split.training & trained.split.judged).any()


def test_the_model_beats_the_rule_and_the_base_rate(trained):
    figures = trained.metrics
    assert figures["auc"] > figures["rule_auc"] > 0.5
    assert figures["auc_lower"] < figures["auc"] < figures["auc_upper"]
    assert figures["log_loss"] < figures["base_rate_log_loss"]
    assert figures["lift_top_decile"] > 1.5
    assert 0.7 < figures["calibration_slope"] < 1.4


def test_counts_are_of_the_rows_that_were_used(trained, shop):
    judged = rows_at(shop, date(2022, 3, 31)).filter(rows_at(shop, date(2022, 3, 31))["is_eligible"])
    assert trained.metrics["judged_rows"] == judged.num_rows
    assert trained.metrics["judged_positives"] == pc.sum(judged["churned_90d"]).as_py()


def test_training_twice_and_in_another_order_predicts_the_same_bytes(shop, trained):
    order = np.random.default_rng(8).permutation(shop.num_rows)
    again = train_churn_model(shop.take(order), 90, END, POSITIVES)
    assert again.recipe == trained.recipe
    assert again.probability.tobytes() == trained.probability.tobytes()
    scores = [score_churn(model.estimator, model.features, rows_at(shop, END)) for model in (trained, again)]
    assert scores[0].equals(scores[1])


def test_of_many_rows_some_customers_are_drawn_to_learn_from_and_all_are_judged(shop, trained):
    most = trained.refit_rows // 2
    drawn, again = (train_churn_model(table, 90, END, POSITIVES, most_rows=most) for table in (shop, shop[::-1]))
    assert 0.8 * most < drawn.refit_rows < 1.2 * most
    assert drawn.metrics["train_rows"] < trained.metrics["train_rows"]
    assert drawn.metrics["judged_rows"] == trained.metrics["judged_rows"]
    assert drawn.probability.tobytes() == again.probability.tobytes()
    assert abs(drawn.metrics["auc"] - trained.metrics["auc"]) < 0.05


def test_what_came_after_the_date_changes_nothing(shop):
    early = date(2021, 9, 30)
    truncated = shop.filter(pc.less_equal(shop["as_of_date"], pa.scalar(early, pa.date32())))
    unknown = pc.greater(truncated["as_of_date"], pa.scalar(early - timedelta(days=90), pa.date32()))
    labels = pc.if_else(unknown, pa.scalar(None, pa.bool_()), truncated["churned_90d"])
    truncated = truncated.set_column(truncated.column_names.index("churned_90d"), "churned_90d", labels)
    whole, cut = (train_churn_model(table, 90, early, POSITIVES) for table in (shop, truncated))
    assert whole.probability.tobytes() == cut.probability.tobytes()
    assert whole.metrics == cut.metrics


def test_labels_that_were_not_over_are_unknown(shop):
    rows = known_rows(shop, date(2021, 6, 30))
    assert rows_at(rows, date(2021, 3, 31))["churned_90d"].null_count < rows_at(rows, date(2021, 3, 31)).num_rows
    assert rows_at(rows, date(2021, 4, 30))["churned_90d"].null_count == rows_at(rows, date(2021, 4, 30)).num_rows


def test_recipes_are_chosen_by_training_dates_alone(shop, trained):
    flipped = pc.if_else(
        pc.equal(shop["as_of_date"], pa.scalar(trained.split.judged_on, pa.date32())),
        pc.invert(shop["churned_90d"]),
        shop["churned_90d"],
    )
    lied = shop.set_column(shop.column_names.index("churned_90d"), "churned_90d", flipped)
    other = train_churn_model(lied, 90, END, POSITIVES)
    assert other.fold_log_loss == trained.fold_log_loss
    assert other.metrics["auc"] == pytest.approx(1 - trained.metrics["auc"])


def test_the_rival_is_judged_on_the_same_rows(trained):
    assert trained.rival_metrics["base_rate"] == trained.metrics["base_rate"]
    assert trained.rival_metrics["log_loss"] != trained.metrics["log_loss"]


def test_keys_and_labels_are_no_features(shop):
    assert feature_names(shop) == ["luck", "orders_3m", "orders_lifetime", "recency_days", "rhythm_ratio"]


def test_a_history_shorter_than_two_leads_says_what_is_needed(shop):
    words = r"lead 180 days: the first date with eligible customers is 2020-01-31; .* one of 2019-10-06 or earlier"
    with pytest.raises(NotEnoughHistory, match=words):
        train_churn_model(shop, 180, date(2020, 9, 30), POSITIVES)


def test_no_outcome_at_all_says_so(shop):
    with pytest.raises(NotEnoughHistory, match="lead 90 days: no eligible customer has a known outcome by 2020-02-29"):
        train_churn_model(shop, 90, date(2020, 2, 29), POSITIVES)


def test_too_few_churners_say_how_many(shop):
    with pytest.raises(
        NotEnoughHistory, match=r"\d+ customers churned and \d+ stayed in judging; at least 400 of each"
    ):
        train_churn_model(shop, 90, END, 400)


def test_a_lead_without_labels_says_so(shop):
    with pytest.raises(NotEnoughHistory, match="lead 30 days: the feature table has no outcome churned_30d"):
        train_churn_model(shop, 30, END, POSITIVES)


def test_a_feature_that_is_missing_throughout_is_left_out(shop, trained):
    hollow = shop.append_column("complaint_rate", pa.nulls(shop.num_rows, pa.float64()))
    assert train_churn_model(hollow, 90, END, POSITIVES).features == trained.features


def test_customers_outside_the_policy_get_no_probability_but_a_reason(shop, trained):
    rows = rows_at(shop, END)
    scores = score_churn(trained.estimator, trained.features, rows).to_pandas()
    eligible = rows["is_eligible"].to_numpy(zero_copy_only=False)
    assert 0 < eligible.sum() < len(eligible)
    assert scores.churn_probability[eligible].between(0, 1).all()
    assert scores.churn_probability[~eligible].isna().all()
    assert scores.score_reason[~eligible].str.startswith("not eligible").all()
    assert scores.score_reason[eligible].isna().all()


def test_a_table_without_a_trained_feature_is_refused(shop, trained):
    with pytest.raises(ValueError, match="lacks rhythm_ratio, which the model was trained on"):
        score_churn(trained.estimator, trained.features, rows_at(shop, END).drop(["rhythm_ratio"]))


def test_an_indicator_that_begins_later_than_the_first_fold_is_learnt_from_where_it_is_told():
    """A source of behaviour was joined late: among the rows of the earliest dates it is known of nobody."""
    random = np.random.default_rng(5)
    matrix, days = (
        random.normal(size=(900, 3)),
        np.repeat(np.array(["2023-01-31", "2023-02-28", "2023-03-31"], "M8[D]"), 300),
    )
    outcome = random.random(900) < np.where(matrix[:, 0] > 0, 0.6, 0.2)
    matrix[:300, 2] = np.nan
    folds = [(np.arange(300), np.arange(300, 600)), (np.arange(600), np.arange(600, 900))]
    for recipe in RECIPES:
        scores = score_folds(recipe, ["told", "also_told", "late"], matrix, outcome, days, folds)
        assert np.isfinite(scores.log_odds).all() and min(scores.auc_by_date().values()) > 0.6, recipe
