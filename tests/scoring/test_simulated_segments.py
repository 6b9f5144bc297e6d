"""Segments, activity and preferences of a simulated company, from files to marts, against the laws of its people."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from include.pipeline import steps
from include.simulator.files import write_files
from include.simulator.simulation import Simulation
from include.warehouse.connection import open_warehouse
from include.workspace import resolve_workspace

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]

FIRST, LAST = date(2023, 1, 1), date(2025, 6, 30)
FEATURES = [
    *("recency_days", "purchase_days_12m", "average_order_value", "categories_12m", "discount_share_12m"),
    *("tenure_days", "active_days_3m"),
]

_LAWS = ", ".join(
    f"any_value({law}) as {law}" for law in ("segment", "is_buyer", "mean_days_between_orders", "left_at")
)


class Company:
    def __init__(self, workspace, truth):
        self._workspace, self._truth = workspace, truth

    def read(self, query: str) -> pd.DataFrame:
        """A query of the warehouse, in which `laws` are those of each customer's person."""
        with open_warehouse(self._workspace, read_only=True) as connection:
            return connection.execute(
                f"with laws as (select customer_id, {_LAWS} from core.customer_xref "
                f"join read_parquet('{self._truth}/person_of_customer*.parquet') using (customer_key) "
                f"join read_parquet('{self._truth}/customer_laws*.parquet') using (person) "
                f"group by customer_id) {query}"
            ).df()


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crm")
    quiet = {"progress": lambda line: None}
    write_files(Simulation(3000, 7, FIRST, LAST, None), folder / "crm")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERWORKS_HOME", str(folder / "home"))
        workspace = resolve_workspace("simulated", str(folder / "crm"))
        workspace.register()
        steps.load(workspace, "b1", **quiet)
        steps.build(workspace, LAST, "core", **quiet)
        steps.score(workspace, LAST, {}, **quiet)
        steps.build(workspace, LAST, "marts", **quiet)
        yield Company(workspace, folder / "crm" / "truth")


def known_by(features: pd.DataFrame, truth: np.ndarray) -> float:
    """Adjusted Rand index of a classifier that is taught the truth of the other four fifths of the customers."""
    teacher = HistGradientBoostingClassifier(max_leaf_nodes=8, learning_rate=0.05, max_iter=100, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return adjusted_rand_score(truth, cross_val_predict(teacher, features, truth, cv=folds))


@pytest.fixture(scope="module")
def segmented(company):
    return company.read(
        "select segments.segment_no, laws.*, features.* exclude (customer_id, as_of_date) from laws "
        "join marts.customer_segments as segments using (customer_id) "
        "join int.int_segments__features as features using (customer_id, as_of_date)"
    )


def test_segments_find_who_has_left_and_who_buys_often(segmented):
    """The laws of buying make three personas: left, fast and slow. Segments are not told which metric matters."""
    pace = segmented["mean_days_between_orders"]
    persona = np.where(segmented["left_at"].notna(), "left", np.where(pace < pace.median(), "fast", "slow"))
    found = adjusted_rand_score(persona, segmented["segment_no"])
    known = known_by(segmented[FEATURES].astype(float), persona)
    print(f"adjusted Rand index with left, fast, slow: {found:.3f}; of one who is taught them: {known:.3f}")
    assert known > 0.5
    assert found > 0.4 * known


def test_campaign_segments_are_hardly_seen_in_behaviour_by_anybody(segmented):
    """The planted campaign segments differ in how they answer offers, and hardly in how they buy: a classifier that is
    taught them does no better than chance by much, so segments need not."""
    found = adjusted_rand_score(segmented["segment"], segmented["segment_no"])
    known = known_by(segmented[FEATURES].astype(float), segmented["segment"].to_numpy())
    print(f"adjusted Rand index with the campaign segments: {found:.4f}; of one who is taught them: {known:.4f}")
    assert known < 0.1
    assert found > known - 0.03


def test_segments_tell_stages_and_upgrades_apart(company):
    profiles = company.read("from marts.segment_profiles")
    print(profiles[["segment_en", "customers", "main_stage", "stage_separation", "upgraded_share_12m", "upgrade_lift"]])
    assert profiles["stage_separation"].iloc[0] > 0.4
    assert profiles["upgrade_separation"].iloc[0] > 0.3
    lifts = profiles[profiles["customers_12m_before"] >= 50]["upgrade_lift"]
    assert lifts.max() > 1.5 and lifts.min() < 0.8


def test_the_dormant_have_left_and_the_active_have_not(company):
    rows = company.read(
        "select states.as_of_date, state, left_at is not null and left_at::date <= states.as_of_date as has_left "
        "from marts.activity_state as states join laws using (customer_id) where is_buyer "
        "and rule in ('own_rhythm', 'days')"
    )
    left = rows.groupby("state")["has_left"].mean()
    print(f"share of customers who have left by state:\n{left.round(3)}")
    assert left["active"] < 0.2 and left["dormant"] > 0.8
    assert left["active"] < left["nearly_silent"] < left["dormant"]


def test_who_seeks_value_leans_to_discounts(company):
    rows = company.read(
        "select laws.segment, avg((leans_to = 'discounted')::int) as leans, avg(expected_share) as share "
        "from marts.customer_preferences as preferences join laws using (customer_id) "
        f"where dimension = 'discount' and evidence >= 10 and as_of_date = '{LAST}' group by 1"
    ).set_index("segment")
    print(rows.round(3))
    assert rows["leans"]["value_seeker"] > rows["leans"]["professional"] + 0.3
