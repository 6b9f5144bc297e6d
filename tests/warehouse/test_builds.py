"""The warehouse knows which build it holds and how far that got."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from include.warehouse.builds import begin_build, current_build, finish_layer, renew_build_id, reopen_layer

AS_OF = date(2024, 6, 30)


@pytest.fixture
def warehouse():
    connection = duckdb.connect()
    connection.execute("create schema ops")
    yield connection
    connection.close()


def test_a_new_build_has_no_finished_layer(warehouse):
    assert current_build(warehouse) is None
    first = begin_build(warehouse, AS_OF, "p1")
    finish_layer(warehouse, first, "core")
    second = begin_build(warehouse, AS_OF, "p1")
    assert second.build_id != first.build_id
    assert current_build(warehouse).layers == ()


def test_writing_a_layer_again_reopens_those_above_it(warehouse):
    build = begin_build(warehouse, AS_OF, "p1")
    for layer in ("core", "marts"):
        finish_layer(warehouse, build, layer)
    assert current_build(warehouse).layers == ("core", "marts")
    finish_layer(warehouse, build, "core")
    assert current_build(warehouse).layers == ("core",)
    reopen_layer(warehouse, "core")
    assert current_build(warehouse).layers == ()


def test_a_renewed_build_keeps_its_layers_and_the_audits_below_the_marts(warehouse):
    build = begin_build(warehouse, AS_OF, "p1")
    finish_layer(warehouse, build, "core")
    warehouse.execute("create table ops.quality_results (build_id varchar, layer varchar, passed boolean)")
    warehouse.execute(
        "insert into ops.quality_results select ?, unnest(['raw', 'facts', 'marts']), true", [build.build_id]
    )
    renewed = renew_build_id(warehouse, build)
    assert current_build(warehouse) == renewed
    assert renewed.layers == ("core",)
    audited = warehouse.execute(
        "select layer from ops.quality_results where build_id = ? order by 1", [renewed.build_id]
    ).fetchall()
    assert audited == [("facts",), ("raw",)]
