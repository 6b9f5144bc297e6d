"""Runs of two dates may take turns in one warehouse: each step makes sure of the ground it stands on."""

from __future__ import annotations

from datetime import date

import pytest

from include.pipeline import steps
from include.warehouse.builds import current_build
from include.warehouse.connection import open_published, open_warehouse
from include.workspace import Workspace

pytestmark = pytest.mark.timeout(300)
FIRST, SECOND = date(2023, 12, 31), date(2024, 3, 31)


def test_steps_of_two_dates_in_turn(company: Workspace):
    company.register()
    quiet = {"progress": lambda _: None}
    steps.load(company, "batch-1", **quiet)
    steps.build(company, FIRST, "core", **quiet)
    steps.audit(company, SECOND, "raw", **quiet)
    steps.score(company, FIRST, {}, **quiet)
    with open_warehouse(company, read_only=True) as connection:
        assert current_build(connection).as_of == FIRST
        scored = connection.execute("select distinct as_of_date from scores.churn_scores").fetchall()
    assert scored == [(FIRST,)]
    steps.build(company, SECOND, "marts", **quiet)
    steps.publish(company, SECOND, **quiet)
    with open_published(company.published_file) as connection:
        assert connection.execute("select as_of_date from published_version").fetchone() == (SECOND,)
        assert connection.execute("select max(as_of_date) from customer_tiers").fetchone() == (SECOND,)
