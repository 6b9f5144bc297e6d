"""Uplift learnt from simulated campaigns, beside the ranking by the truth: who is still there, whom an offer moves, and
who would have bought anyway."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from include.scoring.uplift import read_uplift_inputs
from include.simulator.simulation import Simulation
from include.simulator.world import FOLDER
from include.simulator.world import World as SimulatedPeople
from ml.tracking.uplift_runs import training_rows
from ml.uplift.qini import interval_of, qini_coefficient, resampled_qini
from ml.uplift.rows import rows_of_experiments
from ml.uplift.training import train_uplift_model

pytestmark = [pytest.mark.verify, pytest.mark.timeout(1800)]
AS_OF = date(2025, 6, 30)
SCRIPTS = [FOLDER / "tables" / f"{table}.sql" for table in ("orders", "campaign_touches")]
WITHOUT_EFFECT = {
    "segment": "quality", "share": 1.0, "uplift": 0.0, "elasticity": -1.0, "coupons": 0.08, "complaints": 1.0
}  # fmt: skip
TABLES = {
    "orders": """
        select order_no::varchar as order_key, person::varchar as customer_key, ordered_at,
            ordered_at::date as ordered_on, 'sale' as kind, total as amount, discount as discount_amount,
            case when has_coupon then 'CP5' end as coupon_key
        from baskets where ordered_at < getvariable('now') and person is not null
    """,
    "customers": """
        select person::varchar as customer_key, moment_of(arrives) as created_at, moment_of(arrives)::date as created_on
        from people where moment_of(arrives) < getvariable('now') and not is_fake
    """,
    "campaigns": """
        select campaign::varchar as campaign_key, objective, starts_on, ends_on, control() as control_share
        from campaigns
    """,
    "campaign_touches": """
        select person || '.' || campaign as touch_key, person::varchar as customer_key,
            campaign::varchar as campaign_key, 'targeted' as kind, is_control,
            starts_on::timestamp as touched_at, starts_on as touched_on
        from targets
    """,
}


# Chance of a purchase within the fourteen days that there would not have been, of who is still there. Purchases that
# come by themselves are Poisson; who is annoyed loses each with a chance.
TRUTH = """
    select campaign, person,
        case
            when not (is_there and is_buyer) then 0
            when uplift > 0 then uplift * exp(-rate * 14)
            else exp(-rate * 14) - exp(-rate * 14 * (1 + uplift))
        end
    from targets join (select person, is_buyer, rate, uplift from people) using (person)
"""


def simulated(world, customers: int, laws: dict | None = None, seed: int = 3):
    """Training of the model, its rows, and the true effect of each."""
    people = SimulatedPeople(Simulation(customers, seed), laws=laws, scripts=SCRIPTS)
    for _ in people.chunks():
        pass
    ask = people.connection.execute
    company = world()
    for entity, query in TABLES.items():
        company.load(entity, ask(query).df().assign(source="shop"))
    company.build(AS_OF, "+int_uplift__features", data_tests=False)
    with company.connect(read_only=True) as connection:
        inputs = read_uplift_inputs(connection, AS_OF)
        keys = dict(connection.execute("select customer_id, customer_key from core.customer_xref").fetchall())
    table = training_rows(inputs.table, "all")
    training = train_uplift_model(table, AS_OF, inputs.settings)
    rows = rows_of_experiments(table, 10**9)
    campaigns = sorted(set(table["campaign_id"].to_pylist()))
    truth = {(f"shop:{campaign}", str(person)): effect for campaign, person, effect in ask(TRUTH).fetchall()}
    oracle = [truth[campaigns[e], keys[rows.keys[c]]] for e, c in zip(rows.experiment, rows.customer, strict=True)]
    return training, rows, np.array(oracle)


def compared(training, rows, oracle) -> float:
    """The oracle's Qini, told beside the model's."""
    best, own = training.best, qini_coefficient(oracle, rows)
    drawn = resampled_qini([best.scores, oracle], rows, 200)
    low, high = interval_of(own, drawn[1], 0.95)
    fewer, more = interval_of(own - best.qini, drawn[1] - drawn[0], 0.95)
    print(
        f"\n{len(rows)} rows, {int((~rows.treated).sum())} held back: {best.name} Qini {best.qini:.4f} "
        f"({best.qini_low:.4f} to {best.qini_high:.4f}), oracle {own:.4f} ({low:.4f} to {high:.4f}), "
        f"oracle less model {fewer:.4f} to {more:.4f}, slope {best.line.slope:.2f}, "
        f"average {best.line.average:.4f} (true {oracle.mean():.4f})"
    )
    return own


def test_the_planted_ranking_is_recovered(world):
    """By the shipped laws: who fills large baskets is moved. The model's interval is over zero and holds the oracle's
    Qini, who also knows the segment and who has left; its effects are neither over- nor understated."""
    training, rows, oracle = simulated(world, 20_000)
    of_oracle = compared(training, rows, oracle)
    best = training.best
    assert training.refusal is None
    assert 0 < best.qini_low < of_oracle < best.qini_high
    assert best.line.slope == pytest.approx(1, abs=0.5)
    low, high = best.line.average_effect(0.99)[1:]
    assert low < oracle.mean() < high


def test_without_any_effect_the_model_is_refused(world):
    training, rows, oracle = simulated(world, 16_000, {"segments": [WITHOUT_EFFECT]})
    compared(training, rows, oracle)
    assert training.refusal
    assert training.best.line.average_effect(0.99)[1] < 0 < training.best.line.average_effect(0.99)[2]
