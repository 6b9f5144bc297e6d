"""A whole simulated company, published: nobody's address or number leaks, and a hundred people are erased from it."""

from __future__ import annotations

import datetime

import duckdb
import pytest

from include.load.crosswalk import kept_crosswalk
from include.pipeline import steps
from include.privacy.detector import find_values
from include.privacy.erase import erase_people
from include.privacy.people import find_people
from include.privacy.values import Values
from include.simulator.files import write_files
from include.simulator.simulation import Simulation
from include.warehouse.connection import open_warehouse
from include.workspace import resolve_workspace

pytestmark = pytest.mark.verify
FIRST, LAST = datetime.date(2023, 1, 1), datetime.date(2024, 6, 30)
BOOKS = "select count(*), sum(net_revenue), sum(units) from core.fct_orders"


def _quiet(line: str) -> None:
    pass


@pytest.fixture
def published(tmp_path, monkeypatch):
    monkeypatch.setenv("TIERWORKS_HOME", str(tmp_path / "home"))
    write_files(Simulation(800, 11, FIRST, LAST, None), tmp_path / "company")
    workspace = resolve_workspace("simulated", str(tmp_path / "company"))
    workspace.register()
    steps.load(workspace, "b1", _quiet)
    as_of = steps.resolve_as_of(workspace, None, LAST)
    for step in (steps.score, steps.publish):
        step(workspace, as_of, *([{}] if step is steps.score else []))
    return workspace, as_of


def test_a_published_company_leaks_nothing_and_forgets_whom_it_must(published):
    workspace, as_of = published
    with open_warehouse(workspace, read_only=True) as connection:
        known = connection.execute("select email, phone from raw.customers order by all limit 1000").fetchall()
        known += connection.execute("select email, phone from raw.leads order by all limit 1000").fetchall()
        ids = connection.execute(
            "select customer_id from core.dim_customer where customer_id in (select customer_id from core.fct_orders) "
            "order by md5(customer_id) limit 100"
        ).fetchall()
        books = connection.execute(BOOKS).fetchall()
    asked = [customer for (customer,) in ids]
    values = Values.of([a for a, _ in known if a], [n for _, n in known if n])
    assert len(values) > 1000
    # The warehouse and what stewards keep are in the clear by design; all else is for readers.
    in_the_clear = frozenset({workspace.warehouse, kept_crosswalk(workspace)})
    assert find_values(workspace.home, values, in_the_clear) == []

    with open_warehouse(workspace) as connection:
        theirs = find_people(connection, asked).values
    assert find_values(workspace.home, theirs)
    done = erase_people(workspace, asked, "Ann", "asked", progress=_quiet)
    assert done.found == [] and done.beyond_reach == []
    with open_warehouse(workspace, read_only=True) as connection:
        assert connection.execute(BOOKS).fetchall() == books

    steps.load(workspace, "b2", _quiet, full_refresh=True)
    steps.score(workspace, as_of, {}, _quiet)
    steps.publish(workspace, as_of, _quiet)
    assert find_values(workspace.home, theirs) == []
    with open_warehouse(workspace, read_only=True) as connection:
        assert connection.execute(BOOKS).fetchall() == books
        assert connection.execute(
            "select count(*) from core.dim_customer where customer_id in ?", [asked]
        ).fetchone() == (0,)
    with duckdb.connect(str(workspace.published_file), read_only=True) as version:
        log = "select count(*), max(values_found), min(asked_by), min(reason) from erasure_log"
        assert version.execute(log).fetchall() == [(100, 0, "A.", "***")]
