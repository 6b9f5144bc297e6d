"""The laws of the simulated company are found again: companions, elasticities, rhythm, the week and its holidays."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
import yaml

from include.scoring.purchases import foretell_purchases
from include.simulator.simulation import Simulation
from include.simulator.world import World as SimulatedWorld
from include.workspace import PROJECT_ROOT

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]
LAST = date(2025, 6, 30)
LAWS = yaml.safe_load((PROJECT_ROOT / "include" / "simulator" / "laws.yml").read_text(encoding="utf-8"))
ORDERS = """
    select 'sim' as source, order_no::varchar as order_key, person::varchar as customer_key, ordered_at,
        ordered_at::date as ordered_on
    from baskets where ordered_at::date <= getvariable('last')
"""
LINES = """
    select 'sim' as source, order_no::varchar as order_key, line_no::varchar as order_item_key,
        product::varchar as product_key, 'sale' as kind, quantity, unit_price, list_price,
        round(unit_price * quantity, 2) as amount
    from lines where ordered_at::date <= getvariable('last')
"""


@pytest.fixture(scope="module")
def truth():
    """Six thousand people in one chunk, each bought under their true number."""
    made = SimulatedWorld(Simulation(6000, 11))
    for _ in made.chunks():
        pass
    return made.connection


@pytest.fixture(scope="module")
def made(world, truth):
    company = world()
    company.load("orders", truth.execute(ORDERS).df())
    company.load("order_items", truth.execute(LINES).df())
    company.load(
        "products",
        truth.execute(
            "select 'sim' as source, product::varchar as product_key, category, category as name from catalogue"
        ).df(),
    )
    company.load("calendar", truth.execute(
        "select 'sim' as source, date::varchar as calendar_key, date as day_on, holiday is not null as is_holiday, "
        "holiday, event from days").df())  # fmt: skip
    company.build(LAST, "tag:staging tag:core", data_tests=False)
    people = truth.execute("select person::varchar as customer_key, segment from people").df()
    with company.connect() as connection:
        connection.register("people", people)
        connection.execute(
            "insert into scores.clv_tiers (customer_id, as_of_date, value_tier) "
            f"select customer_id, date '{LAST}', segment from people join core.customer_xref using (customer_key)"
        )
    with company.dbt.environment():
        foretell_purchases(company.workspace, LAST, {}, lambda line: None)
    marts = "+product_affinity +behaviour_sequences product_propensity next_purchase recommendations price_elasticity"
    built = ["--select", *marts.split(), "recommendation_quality", "--exclude", "tag:core", "tag:staging"]
    company.dbt("build", "--no-write-json", *built, "--exclude-resource-type", "unit_test")
    return company


def figures(made, subject: str) -> pd.Series:
    found = made.read(f"select method, metric, value from marts.recommendation_quality where subject = '{subject}'")
    return found.set_index(["method", "metric"])["value"]


@pytest.mark.parametrize("scope", ["order", "customer"])
def test_every_category_goes_with_its_companion_first(made, scope):
    found = made.read(
        f"select * from marts.product_affinity where scope = '{scope}' and level = 'category' and place = 1"
    ).set_index("item")
    assert found["partner"].to_dict() == {law["category"]: law["goes_with"] for law in LAWS["categories"]}
    assert set(found["finding"]) == {"together"}


def test_no_pair_but_the_planted_ones_is_bought_together(made):
    """A second line is of the companion with a chance of 0.6, and of any category otherwise."""
    planted = {(law["category"], law["goes_with"]) for law in LAWS["categories"]}
    found = made.read("select * from marts.product_affinity where scope = 'order' and level = 'category'")
    together = {(row.item, row.partner) for row in found[found["finding"] == "together"].itertuples()}
    assert together == planted


def test_elasticities_of_segments_are_inside_their_intervals(made):
    planted = {law["segment"]: law["elasticity"] for law in LAWS["segments"]}
    found = made.read("select * from marts.price_elasticity").set_index(["segment", "category"])
    told = {segment: found.loc[(segment, "all")] for segment in planted}
    inside = [told[one]["elasticity_low"] <= truth <= told[one]["elasticity_high"] for one, truth in planted.items()]
    assert sum(inside) >= 3
    cells = found[(found.index.get_level_values(0).isin(planted)) & (found.index.get_level_values(1) != "all")]
    cells = cells.dropna(subset=["elasticity"])
    known = np.array([planted[segment] for segment, _ in cells.index])
    assert len(cells) >= 40
    assert ((cells["elasticity_low"] <= known) & (known <= cells["elasticity_high"])).mean() > 0.85
    assert told["value_seeker"]["finding"] == "elastic" and told["professional"]["finding"] == "inelastic"


def test_rhythms_are_those_of_the_people(made, truth):
    rates = truth.execute("select person::varchar as customer_key, 1 / rate as days from lives where is_buyer").df()
    found = made.read(
        "select customer_key, expected_gap_days, purchases from marts.next_purchase "
        "join core.customer_xref using (customer_id) join (select customer_id, count(*) as purchases "
        "from int.int_next_purchase__days group by 1) using (customer_id)"
    ).merge(rates, on="customer_key")
    known = found[found["purchases"] >= 10]
    ratio = np.log(known["expected_gap_days"] / known["days"])
    assert len(known) > 500 and abs(ratio.median()) < 0.12
    assert np.corrcoef(np.log(known["expected_gap_days"]), np.log(known["days"]))[0, 1] > 0.85


def test_windows_hold_what_they_promise(made):
    found = figures(made, "next_purchase")["windows"]
    assert found["window_coverage"] == pytest.approx(0.8, abs=0.06)
    assert found["expected_return_rate"] == pytest.approx(found["return_rate"], abs=0.05)
    assert found["expected_day_error"] < found["own_gap_error"]


def test_sales_and_holidays_weigh_what_the_laws_say(made):
    """The laws give sales 2.2 times as much, and holidays 0.7 times (include/simulator/world/days.sql)."""
    found = figures(made, "next_purchase")["day_weights"]
    assert found["event_share"] == pytest.approx(2.2, rel=0.15)
    assert found["holiday_share"] == pytest.approx(0.7, rel=0.15)


def test_lists_and_probabilities_are_better_than_what_is_simple(made):
    hits = figures(made, "recommendations").xs("hit_rate", level="metric")
    assert hits["recommendations"] > hits["own_repeats"] > hits["popularity"]
    model = figures(made, "product_propensity")["model"]
    assert model["auc"] > model["rule_auc"] + 0.05 and model["log_loss"] < 0.8 * model["base_rate_log_loss"]
    assert model["calibration_slope"] == pytest.approx(1, abs=0.12)
    assert model["category_hit_rate"] > model["favourite_hit_rate"] - 0.02
