"""Effects of campaigns on simulated people of whom it is known which orders a campaign made."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from include.simulator.simulation import Simulation
from include.simulator.world import World as SimulatedPeople

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]
AS_OF = date(2025, 6, 30)
UPLIFT = 0.5
SEGMENTS = [{"segment": "all", "share": 1.0, "uplift": UPLIFT, "elasticity": -1.0, "coupons": 0.05, "complaints": 1.0}]

TABLES = {
    "orders": """
        select order_no::varchar as order_key, person::varchar as customer_key, ordered_at,
            ordered_at::date as ordered_on, 'sale' as kind, total as amount
        from baskets where ordered_at < getvariable('now') and person is not null
    """,
    "customers": """
        select person::varchar as customer_key, min(ordered_at) as created_at, min(ordered_at)::date as created_on,
            any_value(people.region) as region
        from baskets join people using (person) where ordered_at < getvariable('now') group by person
    """,
    "campaigns": "select campaign::varchar as campaign_key, objective, starts_on from campaigns",
    "campaign_touches": """
        select person || '.' || campaign as touch_key, person::varchar as customer_key,
            campaign::varchar as campaign_key, case when is_control then 'targeted' else 'sent' end as kind,
            is_control, starts_on::timestamp as touched_at, starts_on as touched_on
        from targets
    """,
}
TRUTH = """
    with made as (
        select person, nth - 800 as campaign, sum(total)::double as amount from baskets where nth >= 800 group by all
    )
    select campaigns.objective, sum(coalesce(amount, 0)) / count(*) as effect
    from touched join campaigns using (campaign) left join made using (person, campaign)
    group by 1
"""


@pytest.fixture(scope="module")
def found(world):
    """Effects of every campaign and objective, and what campaigns truly brought to each customer whom they touched.

    Campaigns move every other customer who is still there, so that their effect stands out from chance.
    """
    people = SimulatedPeople(Simulation(8000, 3), laws={"segments": SEGMENTS})
    for _ in people.chunks():
        pass
    ask = people.connection.execute
    tables = {entity: ask(query).df().assign(source="shop") for entity, query in TABLES.items()}
    company = world()
    for entity, rows in tables.items():
        company.load(entity, rows)
    company.build(AS_OF, "+strategy_effects", data_tests=False)
    effects = company.read("select * from marts.strategy_effects").set_index("unit_id")
    touched = company.read(
        "select substr(arms.campaign_id, 6)::int as campaign, customer_key::bigint as person "
        "from int.int_growth__arms as arms join core.customer_xref using (customer_id) where arm = 'touched'"
    )
    people.connection.register("touched", touched)
    truth = ask(TRUTH).df()
    return effects, truth.set_index("objective")["effect"]


def test_both_ways_of_comparing_find_the_true_effect(found):
    """Of every objective within three standard errors; of all together clearly over nothing."""
    effects, truth = found
    assert len(truth) == 5
    for objective, true_effect in truth.items():
        row = effects.loc[objective]
        print(
            f"{objective}: true {true_effect:.1f}, matched {row['effect']:.1f} ± {row['standard_error']:.1f}, "
            f"control {row['control_effect']:.1f} ± {row['control_standard_error']:.1f}"
        )
        assert abs(row["effect"] - true_effect) < 3 * row["standard_error"]
        assert abs(row["control_effect"] - true_effect) < 3 * row["control_standard_error"]
        assert row["matched"] > 0.7 * row["touched"]
    told = effects.loc[truth.index]
    total, error = (told["matched"] * told["effect"]).sum(), np.hypot.reduce(told["matched"] * told["standard_error"])
    print(f"all together: {total / error:.1f} standard errors over nothing")
    assert total > 5 * error


def test_standard_errors_are_as_wide_as_the_errors_are(found):
    """Over the campaigns, errors in standard errors have a spread of about one."""
    effects, truth = found
    campaigns = effects[effects["unit_kind"] == "campaign"]
    assert len(campaigns) >= 14
    off = (campaigns["effect"] - campaigns["objective"].map(truth)) / campaigns["standard_error"]
    print(f"spread of the errors: {off.std():.2f} standard errors over {len(off)} campaigns")
    assert 0.5 < off.std() < 1.7
