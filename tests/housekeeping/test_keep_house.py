"""What the policies no longer keep goes, what they keep stays, and a kill loses nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from expectations.suite_reader import read_suites
from include.housekeeping import rewriting
from include.housekeeping.airflow_records import clean_airflow
from include.housekeeping.keep_house import keep_house
from include.pipeline.step_log import append_step
from include.warehouse.connection import open_warehouse
from include.warehouse.digest import schema_digests
from include.workspace import PROJECT_ROOT, Workspace

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture
def company(tmp_path, monkeypatch) -> Workspace:
    monkeypatch.setenv("TIERWORKS_HOME", str(tmp_path))
    made = Workspace("shop", ())
    made.make_folders()
    with open_warehouse(made) as connection:
        connection.execute(
            """
            create table ops.current_build as select 'held' as build_id;
            create table ops.quality_results as select build_id, checked_at::timestamp as checked_at from (values
                ('held', '2020-01-01'), ('old', '2023-01-01'), ('old', '2023-01-02'), ('new', '2026-06-01')
            ) as told(build_id, checked_at);
            create table ops.load_ledger as
            select 'b1' as batch_id, 'till' as source, 'sales' as table_name, 'load' as kind, 3 as rows_quarantined;
            create table ops.quarantine as
            select 'b1' as batch_id, 'till' as source, 'sales' as table_name, row_id, since::timestamp as since,
                resolved_at::timestamp as resolved_at
            from (values ('mended long ago', '2024-01-01', '2024-02-01'), ('mended', '2024-01-01', '2026-06-01'),
                ('waits', '2024-01-01', null)) as told(row_id, since, resolved_at);
            """
        )
    return made


def test_what_is_old_goes_and_is_told(company):
    logs = company.rebuildable / "logs"
    for days in (500, 399, 1):
        append_step(company, {"task_id": f"{days}", "left": (NOW - timedelta(days=days)).timestamp()})
    for name, days in (("dbt.log", 31), ("dbt.log.1", 29)):
        (logs / name).write_text("x")
        os.utime(logs / name, (0, (NOW - timedelta(days=days)).timestamp()))
    os.utime(logs / "steps.lock", (0, 0))
    told: list[str] = []
    dry = keep_house(company, dry=True, progress=told.append, now=NOW)
    assert len((logs / "steps.jsonl").read_text().splitlines()) == 3 and (logs / "dbt.log").exists()
    done = keep_house(company, progress=told.append, now=NOW)
    assert dry == {kind: number for kind, number in done.items() if kind in dry}
    assert (done["steps"], done["logs"], done["results"], done["quarantine"]) == (1, 1, 2, 1)
    assert [json.loads(line)["task_id"] for line in (logs / "steps.jsonl").read_text().splitlines()] == ["399", "1"]
    assert sorted(path.name for path in logs.iterdir()) == ["dbt.log.1", "steps.jsonl", "steps.lock"]
    with open_warehouse(company) as connection:
        assert connection.execute("select row_id from ops.quarantine").fetchall() == [("mended",), ("waits",)]
        assert connection.execute("select build_id from ops.quality_results").fetchall() == [("held",), ("new",)]
        assert connection.execute("select rows_quarantined, rows_forgotten from ops.load_ledger").fetchall() == [(3, 1)]
        rules = {rule.title: rule for suite in read_suites("raw") for rule in suite.rules}
        lost = rules["quarantine_holds_what_the_ledger_counts"].arguments["query"]
        assert connection.execute(lost.format(batch="ops.load_ledger")).fetchall() == [], "nothing stops the next night"
    assert "shop: 1 mended rows of the quarantine are gone" in told
    assert any("1 rows have waited in quarantine for over 365 days" in line for line in told)
    assert not any(keep_house(company, progress=told.append, now=NOW).values())


def _grow(workspace: Workspace) -> dict[str, str]:
    """Make a file that is mostly empty; returns the digests of what is in it."""
    with open_warehouse(workspace) as connection:
        connection.execute("create table marts.kept as select range as id, 'row ' || range as words from range(5000)")
        connection.execute("comment on column marts.kept.id is 'an id'")
        connection.execute("create view stg.seen as select * from warehouse.marts.kept where id % 2 = 0")
        connection.execute("create table int.gone as select random() as a, random() as b from range(600000)")
        connection.execute("checkpoint")
        connection.execute("drop table int.gone")
        connection.execute("checkpoint")
        return schema_digests(connection, "ops", "marts")


def test_a_file_that_is_mostly_empty_is_written_anew_with_all_that_is_in_it(company, monkeypatch):
    monkeypatch.setattr(rewriting, "_SMALLEST", 1024)
    before = _grow(company)
    size, mode = company.warehouse.stat().st_size, company.warehouse.stat().st_mode
    done = keep_house(company, progress=lambda _: None, now=datetime(2020, 1, 1, tzinfo=UTC))
    assert done["bytes"] == size - company.warehouse.stat().st_size > size / 2
    assert company.warehouse.stat().st_mode == mode
    with open_warehouse(company) as connection:
        assert schema_digests(connection, "ops", "marts") == before
        assert connection.execute("select count(*) from stg.seen").fetchone() == (2500,)
        said = "select comment from duckdb_columns() where table_name = 'kept' and column_name = 'id'"
        assert connection.execute(said).fetchone() == ("an id",)
    assert keep_house(company, progress=lambda _: None, now=datetime(2020, 1, 1, tzinfo=UTC))["bytes"] == 0


_KILLED = """
import sys
from pathlib import Path
from include.housekeeping import rewriting
rewriting._SMALLEST = 1024
print("on my way", flush=True)
rewriting.rewrite(Path(sys.argv[1]))
"""


def test_killed_while_it_is_written_anew_the_file_is_whole(company, monkeypatch):
    monkeypatch.setattr(rewriting, "_SMALLEST", 1024)
    before = _grow(company)
    for wait in (0.0, 0.02, 0.05, 0.1):
        process = subprocess.Popen(
            [sys.executable, "-c", _KILLED, str(company.warehouse)], stdout=subprocess.PIPE, cwd=PROJECT_ROOT
        )
        process.stdout.readline()
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with open_warehouse(company) as connection:
            assert schema_digests(connection, "ops", "marts") == before, wait
    keep_house(company, progress=lambda _: None, now=datetime(2020, 1, 1, tzinfo=UTC))
    assert [path.name for path in company.rebuildable.glob("warehouse*")] == ["warehouse.duckdb"]


def test_airflows_database_out_of_a_tasks_reach_is_left_alone_and_told(tmp_path):
    log = tmp_path / "logs" / "dag_id=load" / "attempt=1.log"
    log.parent.mkdir(parents=True)
    log.write_text("x")
    os.utime(log, (0, 0))
    told: list[str] = []
    barred = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "airflow-db-not-allowed:///"}
    assert clean_airflow(tmp_path, barred, 30, 180, progress=told.append) == 1
    assert not log.parent.exists() and "run `airflow db clean`" in told[-1]


def test_two_steps_at_a_time_and_a_clean_up_lose_no_line(company):
    code = (
        "import sys; from include.pipeline.step_log import append_step; from include.workspace import Workspace; "
        "[append_step(Workspace('shop', ()), {'n': n, 'left': 9e9}) for n in range(400)]"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT_ROOT) for _ in range(2)]
    append_step(company, {"left": 0})
    while any(writer.poll() is None for writer in writers):
        keep_house(company, progress=lambda _: None, now=NOW)
        append_step(company, {"left": 0})
    keep_house(company, progress=lambda _: None, now=NOW)
    lines = (company.rebuildable / "logs" / "steps.jsonl").read_text().splitlines()
    assert len(lines) == 800 and all(json.loads(line)["left"] == 9e9 for line in lines)


def test_nothing_of_duckdb_is_left_open(company):
    keep_house(company, progress=lambda _: None, now=NOW)
    duckdb.connect(str(company.warehouse)).close()
