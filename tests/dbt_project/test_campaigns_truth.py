"""Campaigns of twenty simulated companies against what they truly brought: the same company without them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from include.simulator.simulation import Simulation
from include.simulator.world import FOLDER
from include.simulator.world import World as SimulatedPeople

pytestmark = [pytest.mark.verify, pytest.mark.timeout(1800)]
SEEDS, PEOPLE, AS_OF = range(1, 21), 2500, date(2025, 6, 30)
SCRIPTS = [FOLDER / "tables" / f"{table}.sql" for table in ("order_items", "campaign_touches", "campaigns")]
# Chance is a hash of seed and row: holding everybody back leaves every order that campaigns did not make as it was.
NOBODY = {"control": 1.0}
TABLES = {
    "orders": """
        select order_no::varchar as order_key, person::varchar as customer_key, ordered_at,
            ordered_at::date as ordered_on, 'sale' as kind
        from baskets where ordered_at < getvariable('now')
    """,
    "order_items": """
        select line_no::varchar as order_item_key, order_no::varchar as order_key, 'sale' as kind, quantity, unit_cost,
            round(unit_price * quantity, 2)::decimal(18, 4) as amount
        from lines where ordered_at < getvariable('now')
    """,
    "customers": """
        select person::varchar as customer_key, min(ordered_at) as created_at, min(ordered_at)::date as created_on
        from baskets where ordered_at < getvariable('now') group by person
    """,
    "campaigns": """
        select campaign::varchar as campaign_key, objective, channel, starts_on, ends_on,
            (500 + getvariable('customers') * targeted() * 0.7 * cost_per_contact)::decimal(18, 4) as cost
        from campaigns
    """,
    "campaign_touches": """
        select person || '.' || campaign as touch_key, person::varchar as customer_key,
            campaign::varchar as campaign_key, case when is_control then 'targeted' else 'sent' end as kind,
            is_control, starts_on::timestamp as touched_at, starts_on as touched_on
        from targets where person in (select person from baskets where ordered_at < getvariable('now'))
    """,
}
# Gross margin of those treated, in the days that are measured: until two weeks after the last day.
MARGIN = """
    select campaign, coalesce(sum(round(unit_price * quantity, 2) - quantity * unit_cost), 0)::double as margin
    from targets left join lines on lines.person = targets.person
        and lines.ordered_at::date between starts_on and ends_on + 14 and lines.ordered_at < getvariable('now')
    where targets.person in (select person from chosen where chosen.campaign = targets.campaign)
    group by campaign
"""
PREFIXED = ("order_key", "customer_key", "order_item_key", "campaign_key", "touch_key")


def simulated(seed: int, laws: dict | None = None) -> SimulatedPeople:
    people = SimulatedPeople(Simulation(PEOPLE, seed), laws=laws, scripts=SCRIPTS)
    for _ in people.chunks():
        pass
    return people


@pytest.fixture(scope="module")
def found(world):
    """Every campaign of every company, as told and as it truly was. The companies share a warehouse, not a customer."""
    tables: dict[str, list[pd.DataFrame]] = {entity: [] for entity in TABLES}
    truths = []
    for seed in SEEDS:
        with_campaigns, without = simulated(seed), simulated(seed, NOBODY)
        chosen = with_campaigns.connection.execute("select person, campaign from targets where not is_control").df()
        margins = []
        for people in (with_campaigns, without):
            people.connection.register("chosen", chosen)
            margins.append(people.connection.execute(MARGIN).df().set_index("campaign")["margin"])
        truths.append((margins[0] - margins[1]).rename("truth").reset_index().assign(seed=seed))
        for entity, query in TABLES.items():
            rows = with_campaigns.connection.execute(query).df()
            for column in set(PREFIXED) & set(rows):
                rows[column] = f"{seed}." + rows[column]
            tables[entity].append(rows)
        with_campaigns.connection.close()
        without.connection.close()
    company = world()
    for entity, frames in tables.items():
        company.load(entity, pd.concat(frames, ignore_index=True).assign(source="shop"))
    company.build(AS_OF, "+campaign_roi +campaign_rehearsal", data_tests=False)
    told = company.read("select * from marts.campaign_roi where is_over")
    told[["seed", "campaign"]] = told["campaign_id"].str.extract(r"shop:(\d+)\.(\d+)").astype("int64")
    rehearsed = company.read("select * from marts.campaign_rehearsal where is_as_expected is not null")
    both = told.merge(pd.concat(truths), on=["seed", "campaign"])
    both["true_roi"] = both["truth"] / both["cost"].astype(float) - 1
    return both[both["incremental_margin"].notna()], rehearsed


def test_the_true_roi_lies_in_the_interval_of_eighteen_of_twenty_companies(found):
    """Of each company's last whole campaign; and of all campaigns about as often as the interval promises."""
    campaigns, _ = found
    held = (campaigns["roi_lower"] <= campaigns["true_roi"]) & (campaigns["true_roi"] <= campaigns["roi_upper"])
    last = campaigns.assign(held=held).sort_values("campaign").groupby("seed").last()
    width = (campaigns["roi_upper"] - campaigns["roi_lower"]).astype(float)
    print(
        f"last campaign: {last['held'].sum()} of {len(last)}; all: {held.sum()} of {len(held)} ({held.mean():.3f}); "
        f"true ROI {campaigns['true_roi'].quantile([0.1, 0.5, 0.9]).round(2).tolist()}, "
        f"width of the interval {width.quantile([0.1, 0.5, 0.9]).round(2).tolist()} (tenth, half, nine tenths)"
    )
    assert len(last) == 20 and last["held"].sum() >= 18
    assert len(campaigns) > 300 and 0.92 < held.mean() < 0.985


def test_effects_are_neither_too_high_nor_too_low(found):
    """Errors in standard errors have a mean of nothing and a spread of one, or chance is told wrong."""
    campaigns, _ = found
    half = (campaigns["incremental_margin_upper"] - campaigns["incremental_margin_lower"]).astype(float) / 2
    off = (campaigns["incremental_margin"].astype(float) - campaigns["truth"]) / (half / 1.98)
    print(f"errors in standard errors: mean {off.mean():.3f}, spread {off.std():.3f}")
    assert abs(off.mean()) < 3 / np.sqrt(len(off))
    assert 0.85 < off.std() < 1.15


def test_what_happened_lies_where_the_rehearsal_said(found):
    _, rehearsed = found
    print(f"as expected: {rehearsed['is_as_expected'].sum()} of {len(rehearsed)}")
    assert len(rehearsed) > 300 and 0.90 < rehearsed["is_as_expected"].mean() <= 0.99
