"""What the simulated people do follows the laws that they were made by."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from include.simulator.simulation import Simulation
from include.simulator.world import World
from ml.clv.beta_geo import BetaGeoModel
from ml.clv.gamma_gamma import GammaGammaModel

LAST = datetime.date(2025, 6, 30)


@pytest.fixture(scope="module")
def world():
    """Six thousand people in one chunk, with what they bought by day."""
    made = World(Simulation(6000, 11))
    for _ in made.chunks():
        pass
    made.connection.execute(
        "create temp table histories as with bought as (select distinct person, ordered_at::date as day "
        "from baskets where ordered_at < getvariable('now')) "
        f"select person, count(*) - 1 as x, max(day) - min(day) as t_x, date '{LAST}' - min(day) as age "
        "from bought group by person order by person"
    )
    return made.connection


def _columns(connection, query: str) -> list[np.ndarray]:
    return [np.asarray(values, dtype=float) for values in connection.execute(query).fetchnumpy().values()]


def test_buying_is_beta_geometric_with_the_rates_of_the_laws(world):
    found = BetaGeoModel().fit(*_columns(world, "select x, t_x, age from histories")).params_
    rate, dropout = world.execute("select avg(rate), avg(dropout) from lives where is_buyer").fetchone()
    # Several orders of one day count once, so the rate that is seen is a little below the true one.
    assert found["r"] == pytest.approx(1, rel=0.15)
    assert found["r"] / found["alpha"] == pytest.approx(rate, rel=0.15)
    assert found["a"] / (found["a"] + found["b"]) == pytest.approx(dropout + 0.005, rel=0.15)


def test_spending_is_gamma_gamma(world):
    query = "select count(*), avg(total) from baskets where nth < 800 group by person order by person"
    found = GammaGammaModel().fit(*_columns(world, query)).params_
    assert found["p"] == pytest.approx(4, rel=0.2)
    assert found["q"] == pytest.approx(3, rel=0.1)
    assert found["p"] * found["v"] / (found["q"] - 1) == pytest.approx(
        220, rel=0.05
    )  # a little more: one piece at least


def test_campaigns_bring_the_orders_that_the_laws_say(world):
    rows = world.execute(
        "select segment, is_control, avg(orders), stddev(orders) / sqrt(count(*)), any_value(uplift) from ("
        "select t.segment, t.is_control, t.person, t.campaign, uplift, count(order_no) as orders "
        "from targets t join segments using (segment) left join orders o on o.person = t.person "
        "and ordered_at >= starts_on and ordered_at < ends_on + 1 where is_there group by all) group by 1, 2"
    ).fetchall()
    means = {(segment, control): (mean, error) for segment, control, mean, error, _ in rows}
    for segment, uplift in {row[0]: float(row[4]) for row in rows}.items():
        (treated, error), (held_back, error_held_back) = means[segment, False], means[segment, True]
        truth = uplift if uplift > 0 else uplift * held_back
        assert abs(treated - held_back - truth) < 3 * np.hypot(error, error_held_back), segment
    assert means["value_seeker", False][0] > means["value_seeker", True][0]


def test_quantities_answer_prices_by_the_elasticity_of_the_segment(world):
    rows = world.execute(
        "select orders.segment, any_value(segments.elasticity), "
        "regr_slope(ln(quantity), ln(unit_price / base_price)) from lines join orders using (order_no) "
        "join segments using (segment) join catalogue using (product) where units = 3 group by 1"
    ).fetchall()
    for segment, truth, slope in rows:
        assert slope == pytest.approx(float(truth), abs=0.15), segment


def test_bad_service_drives_people_out(world):
    bad, good = world.execute(
        "select avg(is_last::int) filter (is_bad), avg(is_last::int) filter (complains and not is_bad) "
        "from tickets join (select order_no, is_last from orders) using (order_no)"
    ).fetchone()
    assert bad == pytest.approx(0.5 + 0.5 * good, abs=0.12)  # half of them leave; the others as everybody does
    told = world.execute("select count(*) from tickets where is_last_straw and not is_bad").fetchone()
    assert told == (0,)


def test_people_have_the_records_that_the_laws_say(world):
    records, people, second, latin, moved = world.execute(
        "select count(*), count(distinct person), sum(is_second::int), avg(in_latin::int) filter (is_second and "
        "country = 'CN'), avg(has_moved_phone::int) filter (is_second) from cards"
    ).fetchone()
    assert people == 6000 and records == people + second
    assert second / people == pytest.approx(0.25 + 0.8 * 0.05, abs=0.02)
    assert (latin, moved) == (pytest.approx(0.12, abs=0.03), pytest.approx(0.15, abs=0.03))
    assert world.execute(
        "select count(*) from (select record from cards group by 1 having count(*) > 1)"
    ).fetchone() == (0,)


def test_feedback_is_in_the_language_of_the_country_and_says_one_thing(world):
    odd = world.execute(
        "select count(*) from voices join (select person, country from people) using (person) "
        "where (language = 'zh') <> (country = 'CN') or (language = 'zh') <> regexp_matches(text, '[一-龥]')"
    ).fetchone()
    assert odd == (0,)
    late = "avg((topic = 'app' and kind = 'social')::int) filter (written_at >= timestamp '2025-03-01')"
    early = late.replace(">=", "<")
    rising, before = world.execute(f"select {late}, {early} from voices").fetchone()
    assert rising > 2 * before


def test_better_managers_keep_customers_and_are_handed_the_silent_ones(world):
    skill, left = _columns(
        world,
        "select manager_skill(person // 500), ln(avg(dropout)) from lives where is_dear "
        "group by person // 500 order by 1",
    )
    assert np.polyfit(skill, left, 1)[0] == pytest.approx(-0.7, abs=0.25)
    handed = dict(
        world.execute(
            "select manager_skill(manager_no) < manager_skill(manager_no // 2 * 2 + (manager_no + 1) % 2), "
            "avg((until is not null)::int) from looked_after where role = 'owner' and not is_second_owner group by 1"
        ).fetchall()
    )
    assert handed[False] == pytest.approx(0.15, abs=0.04) and handed[True] > 0.5


def test_ratings_beside_a_recommendation_move_with_it_as_the_laws_say(world):
    """Slopes over the unrounded feelings; those who are asked for one thing only tell nothing of it."""
    rows = world.execute(
        "select about, any_value(weight), regr_slope(ratings.feels, nps.feels), count(*) "
        "from (from questions where kind = 'csat' and answer_no % 100 > 10) as ratings "
        "join (select order_no, feels from questions where kind = 'nps') as nps using (order_no) "
        "join rating_drivers using (about) group by 1"
    ).fetchall()
    assert len(rows) == 4
    for about, weight, slope, pairs in rows:
        assert pairs > 1000 and slope == pytest.approx(float(weight), abs=0.05), about


def test_needs_are_answered_as_their_class_says(world):
    rows = world.execute(
        "select about, avg((score = case kind when 'kano_functional' then with_it else without_it end)::int) "
        "from questions join needs using (about) where kind like 'kano%' group by 1"
    ).fetchall()
    assert len(rows) == 6
    for about, typical in rows:
        assert typical == pytest.approx(0.7 + 0.3 / 5, abs=0.05), about
