"""The CRM in PostgreSQL is the same after a day, however it came there."""

from __future__ import annotations

import datetime

import psycopg
import pytest

from include.simulator.declarations import LIVING, render_declaration
from include.simulator.living import bring_to_day
from include.simulator.simulation import Simulation, SimulationInvalid
from include.simulator.state import TABLES
from include.simulator.world import World

FIRST, LAST = datetime.date(2024, 1, 1), datetime.date(2024, 3, 31)
DAYS = [datetime.date(2024, 2, 10), datetime.date(2024, 2, 15), datetime.date(2024, 2, 16), datetime.date(2024, 3, 20)]


def _world(day: datetime.date) -> Simulation:
    return Simulation(120, 3, FIRST, LAST, day)


def _content(url: str) -> dict[str, set]:
    with psycopg.connect(url) as database:
        return {
            table: {row[0] for row in database.execute(f"select to_jsonb(t)::text from crm.{table} t").fetchall()}
            for table in TABLES
        }


@pytest.fixture(scope="module")
def lives(postgres_cluster, tmp_path_factory):
    """Content after every day of a CRM that lived on, and the URL of the database."""
    url, after = postgres_cluster.new_database(), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERWORKS_CONN_LIVING", url)
        world = World(_world(DAYS[0]))
        for day in DAYS:
            bring_to_day(_world(day), "living", progress=lambda line: None, world=world)
            after[day] = _content(url)
    return after, url


@pytest.mark.parametrize("day", [DAYS[1], DAYS[-1]])
def test_a_day_reached_by_steps_is_the_day_reached_at_once(lives, postgres_cluster, monkeypatch, day):
    url = postgres_cluster.new_database()
    monkeypatch.setenv("TIERWORKS_CONN_AT_ONCE", url)
    bring_to_day(_world(day), "at_once", progress=lambda line: None)
    at_once = _content(url)
    for table in TABLES:
        assert lives[0][day][table] == at_once[table], table
    assert all(at_once[table] for table in ("orders", "tickets", "web_customers", "events", "payments"))


def test_it_changes_deletes_comes_late_and_grows(lives):
    after, url = lives
    with psycopg.connect(url) as database:

        def count(query: str) -> int:
            return database.execute(f"select count(*) from crm.{query}").fetchone()[0]

        assert count("orders where deleted_at is not null") > 0
        assert count("orders where state = 40") > 0
        assert count("web_customers where score_class is not null") > 0
        assert count("payments where state = 'paid' and updated_at > issued + interval '1 day'") > 0
    vanished = after[DAYS[0]]["orders"] - after[DAYS[1]]["orders"]
    assert vanished, "orders change from day to day"
    assert "score_class" not in next(iter(after[DAYS[0]]["web_customers"]))


def test_going_back_or_on_with_another_world_is_refused(lives, monkeypatch):
    monkeypatch.setenv("TIERWORKS_CONN_LIVING", lives[1])
    with pytest.raises(SimulationInvalid, match="stands at 2024-03-20, a later day"):
        bring_to_day(_world(DAYS[0]), "living")
    with pytest.raises(SimulationInvalid, match="holds another simulation"):
        bring_to_day(Simulation(121, 3, FIRST, LAST, LAST), "living")
    monkeypatch.delenv("TIERWORKS_CONN_LIVING")
    with pytest.raises(SimulationInvalid, match="TIERWORKS_CONN_LIVING is not set"):
        bring_to_day(_world(LAST), "living")


def test_the_declaration_of_the_living_crm_is_current():
    assert LIVING.read_text(encoding="utf-8") == render_declaration(), "run python -m include.simulator.declarations"
