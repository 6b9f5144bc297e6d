"""Figures beside their targets: the semantic metrics, judged by their direction."""

from __future__ import annotations

import numpy as np
import pytest

from tests.dbt_project.test_semantic_metrics import PLAIN_SQL


@pytest.mark.parametrize("metric", PLAIN_SQL)
def test_figures_of_the_scorecard_are_the_semantic_metrics(managed, metric):
    plain = managed.read(
        f"select last_day(month)::date as month_end, value::double as value from ({PLAIN_SQL[metric]}) "
        "where month is not null"
    )
    plain = plain.set_index("month_end")["value"]
    ours = managed.read(f"select month_end, actual from marts.kpi_scorecard where metric = '{metric}'").set_index(
        "month_end"
    )["actual"]
    assert len(ours) >= 17
    for month, value in ours.items():
        other = plain.get(month, np.nan)
        if not (np.isnan(value) and other == 0) and not (np.isnan(other) and (np.isnan(value) or value == 0)):
            assert value == pytest.approx(other, rel=1e-6, abs=1e-6), month


def test_targets_are_judged_by_their_direction(managed):
    card = managed.read("select * from marts.kpi_scorecard")
    judged = card[card["status"].isin(["met", "near", "missed"])]
    assert len(judged) > 50
    for row in judged.itertuples():
        miss = (row.target - row.actual) * (1 if row.direction == "at_least" else -1)
        status = "met" if miss <= 0 else "near" if miss <= 0.05 * abs(row.target) else "missed"
        assert row.status == status or abs(miss) < 1e-5, row
    growing = card[(card["metric"] == "net_revenue") & card["year_before"].notna()]
    assert np.allclose(growing["target"], growing["year_before"] + 0.05 * growing["year_before"].abs(), atol=1e-5)
    assert (
        card[~card["is_whole_month"]]["status"].isin(["in_progress", "unknown", "no_target", "no_year_before"])
    ).all()
