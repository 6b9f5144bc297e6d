"""Uplift learnt from simulated campaigns, beside the ranking by the truth: who is still there and moved by an offer."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from include.scoring.uplift import read_uplift_inputs
from include.simulator.simulation import Simulation
from include.simulator.world import World as SimulatedPeople
from ml.tracking.uplift_runs import training_rows
from ml.uplift.qini import interval_of, qini_coefficient, resampled_qini
from ml.uplift.rows import rows_of_experiments
from ml.uplift.training import train_uplift_model

pytestmark = [pytest.mark.verify, pytest.mark.timeout(1800)]
AS_OF = date(2025, 6, 30)
SEGMENTS = ("value_seeker", "quality", "family", "professional")
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


def simulated(world, customers: int, uplifts: tuple[float, ...], seed: int = 3):
    """Training of the model, its rows, and the true effect of each: zero for who has left."""
    shares, coupons = (0.40, 0.25, 0.25, 0.10), (0.14, 0.04, 0.08, 0.01)
    laws = {
        "segments": [
            {
                "segment": name,
                "share": share,
                "uplift": uplift,
                "elasticity": -1.0,
                "coupons": coupon,
                "complaints": 1.0,
            }
            for name, share, uplift, coupon in zip(SEGMENTS, shares, uplifts, coupons, strict=True)
        ]
    }
    people = SimulatedPeople(Simulation(customers, seed), laws=laws)
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
    truth = {
        (f"shop:{campaign}", str(person)): uplift
        for campaign, person, uplift in ask(
            "select campaign, person, uplift * (is_there and is_buyer)::int from targets "
            "join (select person, is_buyer, uplift from people) using (person)"
        ).fetchall()
    }
    oracle = [truth[campaigns[e], keys[rows.keys[c]]] for e, c in zip(rows.experiment, rows.customer, strict=True)]
    return training, rows, np.array(oracle)


def compared(training, rows, oracle) -> tuple[float, float, float]:
    """The oracle's Qini, and the share of resamples' difference below it."""
    drawn = resampled_qini([training.best.scores, oracle], rows, 300)
    own = qini_coefficient(oracle, rows)
    low, high = interval_of(own - training.best.qini, drawn[1] - drawn[0], 0.95)
    best = training.best
    print(
        f"\n{len(rows)} rows, {int((~rows.treated).sum())} held back: {best.name} Qini {best.qini:.4f} "
        f"({best.qini_low:.4f} to {best.qini_high:.4f}), oracle {own:.4f}, oracle less model {low:.4f} to {high:.4f}, "
        f"slope {best.line.slope:.2f}, average {best.line.average:.4f} (true {oracle.mean():.4f})"
    )
    return own, low, high


def test_strong_effects_are_ranked(world):
    """Effects five times the shipped ones. A segment is seen through coupons and price only, and who has left through
    silence only, so part of the oracle's ranking can be had and not all of it."""
    training, rows, oracle = simulated(world, 16_000, (0.6, 0.1, 0.4, -0.6))
    of_oracle, _, _ = compared(training, rows, oracle)
    assert training.refusal is None
    assert training.best.qini > 0.4 * of_oracle


def test_the_shipped_effects_are_too_faint_to_be_ranked(world):
    """Who knows the truth ranks better than chance by them; 30,000 rows do not show who is moved, and it is said so."""
    training, rows, oracle = simulated(world, 24_000, (0.10, 0.03, 0.07, -0.15))
    of_oracle, _, _ = compared(training, rows, oracle)
    low, _ = interval_of(of_oracle, resampled_qini([oracle], rows, 200)[0], 0.95)
    assert low > 0
    assert "not distinguishable from chance" in training.refusal
    assert training.best.qini_high > 0.4 * of_oracle


def test_without_any_effect_the_model_is_refused(world):
    training, rows, oracle = simulated(world, 16_000, (0.0, 0.0, 0.0, 0.0))
    compared(training, rows, oracle)
    assert training.refusal
    assert training.best.line.average_effect(0.99)[1] < 0 < training.best.line.average_effect(0.99)[2]
