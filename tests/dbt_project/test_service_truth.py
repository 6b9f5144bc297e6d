"""What service and surveys say of simulated people, against the laws that they were made by."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from include.simulator.simulation import Simulation
from include.simulator.world import World as SimulatedPeople

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]
AS_OF = date(2025, 6, 30)
MARTS = ("ticket_sla", "service_recovery", "nps_drivers", "kano_classes")

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
    "tickets": """
        select ticket_no::varchar as ticket_key, person::varchar as customer_key, kind, priority, opened_at,
            opened_at::date as opened_on, first_answered_at, first_answered_at::date as first_answered_on,
            solved_at, solved_at::date as solved_on, paused_minutes
        from tickets where opened_at < getvariable('now')
    """,
    "surveys": """
        select answer_no::varchar as survey_answer_key, left(kind, 4) as survey_key, person::varchar as customer_key,
            kind, about as dimension, score, asked_at, asked_at::date as asked_on, replied_at as answered_at,
            replied_at::date as answered_on
        from questions join (select distinct record, person from records) using (record)
        where kind <> 'collaboration' and asked_at < getvariable('now')
    """,
}


@pytest.fixture(scope="module")
def found(world):
    """The marts, and what is true of each ticket, need and dimension."""
    people = SimulatedPeople(Simulation(8000, 5))
    for _ in people.chunks():
        pass
    ask = people.connection.execute
    company = world()
    for entity, query in TABLES.items():
        rows = ask(query).df().assign(source="shop")
        if entity == "surveys":
            rows["score"] = rows["score"].where(rows["answered_on"].notna())
        company.load(entity, rows)
    company.build(AS_OF, " ".join(f"+{mart}" for mart in MARTS), data_tests=False)
    truth = {
        "tickets": ask("select 'shop:' || ticket_no as subject_id, is_bad, is_last_straw from tickets").df(),
        "needs": ask("select about, class from needs").df().set_index("about")["class"],
        "drivers": ask("select about, weight::double as weight from rating_drivers").df().set_index("about")["weight"],
    }
    return {mart: company.read(f"select * from marts.{mart}") for mart in MARTS}, truth


def test_complaints_handled_badly_are_those_solved_late(found):
    """A bad one takes 80 hours and more; pauses are up to ten hours and only some have one."""
    sla = found[0]["ticket_sla"].query("rule == 'complaint_solve' and status in ('met', 'breached')")
    judged = sla.merge(found[1]["tickets"], on="subject_id", validate="1:1")
    assert len(judged) > 1000
    assert ((judged["status"] == "breached") == judged["is_bad"]).all()


def test_those_handled_badly_come_back_as_much_less_as_they_were_driven_out(found):
    returns = found[0]["service_recovery"].query("stage == 'return'")
    sums = returns.groupby("handling")[["due", "reached", "expected_returns"]].sum()
    ratio = sums["reached"] / sums["expected_returns"]
    error = (returns["standard_error"] * returns["due"]).pow(2).groupby(returns["handling"]).sum().pow(0.5)
    bad = found[1]["tickets"].query("is_bad")
    stays = 1 - bad["is_last_straw"].mean()
    print(sums.assign(ratio=ratio, error=error / sums["expected_returns"]), f"of the bad stay {stays:.2f}", sep="\n")
    assert abs(ratio["in_time"] - 1) < 3 * error["in_time"] / sums.loc["in_time", "expected_returns"]
    assert abs(ratio["late"] - stays) < 3 * error["late"] / sums.loc["late", "expected_returns"] + 0.05
    assert ratio["late"] < ratio["in_time"] - 0.2


def test_drivers_stand_in_the_order_of_their_weights(found):
    weights = found[1]["drivers"]
    now = found[0]["nps_drivers"]
    now = now[now["as_of_date"] == pd.Timestamp(AS_OF)].set_index("dimension")
    print(now[["pairs", "low_share", "difference", "difference_low", "lift", "correlation", "is_driver"]])
    expected = list(weights.sort_values(ascending=False).index)
    assert list(now.loc[weights.index, "lift"].sort_values(ascending=False).index) == expected
    # Five points of a rating leave no room above a weight of about 0.5: the first two move alike with the score.
    error = ((1 - now["correlation"] ** 2) / now["pairs"] ** 0.5).loc[expected]
    correlations, allowed = now.loc[expected, "correlation"].to_numpy(), 2 * np.hypot(error[:-1], error[1:].to_numpy())
    assert (correlations[:-1] > correlations[1:] - allowed).all(), correlations
    assert (correlations[1:-1] > correlations[2:] + 0.2).all(), correlations
    assert now.loc[["delivery", "product", "staff"], "is_driver"].all()
    # The few who rate price low had their order late, which lowers every answer about it.
    assert abs(now.loc["price", "correlation"]) < 0.1 and now.loc["price", "lift"] < now.loc["product", "lift"] / 5
    assert not now.loc["service", "is_driver"], "asked after tickets, of others than who is asked after orders"


def test_every_need_has_its_class(found):
    needs = found[0]["kano_classes"]
    now = needs[(needs["as_of_date"] == pd.Timestamp(AS_OF)) & (needs["group_kind"] == "all")].set_index("dimension")
    print(now[["answers", "kano_class", "class_share", "is_clear", "better", "worse"]])
    assert now["kano_class"].to_dict() == found[1]["needs"].to_dict()
    assert now["is_clear"].all()
