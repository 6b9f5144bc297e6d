"""A run by hand is about a date of which something is known: a typing error publishes no empty or abandoned company."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from include.orchestration.faults import StaysFailed, fail_at_once
from include.orchestration.scope import Scope, dated
from include.pipeline.steps import AsOfRefused, resolve_as_of
from include.warehouse.connection import open_warehouse
from include.workspace import UnknownWorkspace, Workspace, load_workspace

FIRST, LAST, RUN = date(2023, 1, 5), date(2024, 3, 20), date(2024, 6, 1)


@pytest.fixture
def shop(home) -> Workspace:
    workspace = Workspace("shop", ())
    workspace.make_folders()
    with open_warehouse(workspace) as connection:
        connection.execute("create schema if not exists raw")
        connection.execute("create table raw.orders (ordered_on date, _loaded_at timestamp)")
        connection.execute("insert into raw.orders values (?, '2024-03-21'), (?, '2024-03-21')", [FIRST, LAST])
    return workspace


@pytest.mark.parametrize("day", [FIRST, LAST, RUN, RUN + timedelta(days=1)])
def test_a_date_that_something_is_known_of_is_taken(shop, day):
    assert resolve_as_of(shop, day, RUN) == day


def test_without_one_the_data_say_it(shop):
    assert resolve_as_of(shop, None, RUN) == LAST


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2014, 3, 20), "is before the first order of shop, on 2023-01-05"),
        (date(2042, 3, 20), "is in the future: shop knows of nothing after 2024-03-20"),
        (RUN + timedelta(days=2), "is in the future"),
    ],
)
def test_another_is_refused_at_once(shop, day, why):
    run = SimpleNamespace(partition_key=None, run_after=SimpleNamespace(date=lambda: RUN))
    with pytest.raises(StaysFailed, match=why) as caught, fail_at_once():
        dated(Scope(shop, day, False), {"dag_run": run})
    assert caught.value.fault == AsOfRefused.__name__


def test_a_company_that_nobody_registered_is_no_matter_of_trying_again(home):
    with pytest.raises(StaysFailed, match="not registered") as caught, fail_at_once():
        load_workspace("nobody")
    assert caught.value.fault == UnknownWorkspace.__name__
