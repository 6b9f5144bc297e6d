"""Readers of files and of PostgreSQL see one whole version in every read, whatever is published or killed meanwhile."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import psycopg
import pytest

from include.publishing.operations import OPERATIONS_TABLES
from include.publishing.publish import publish_version
from include.publishing.serving import show_version
from include.publishing.versions import current_version, earlier_version
from tests.expectations.tiny_warehouse import AS_OF
from tests.publishing.audited import start_build
from tests.publishing.test_readers_and_kills import _PUBLISHER, _ROOT
from tests.publishing.test_serving_in_postgres import SCHEMA, schemas, shown

_READERS = 8
# The builds that four tables name, and their rows, in one statement; of the file and of PostgreSQL in turn. Prints
# where it read, the builds, and the rows.
_READER = """
import sys, time
from pathlib import Path
import psycopg
from include.warehouse.connection import open_published
stop, file, url, schema = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
tables = ("published_version", "customer_tiers", "churn_scores", "clv_scores")
def question(prefix):
    each = " union all ".join(f"select '{t}' as t, build_id from {prefix}{t}" for t in tables)
    return f"select t, min(build_id), max(build_id), count(*) from ({each}) as read group by t order by t"
def tell(place, rows):
    builds = sorted({build for _, *both, _ in rows for build in both})
    print(place, "+".join(builds), *(f"{t}={n}" for t, _, _, n in rows), flush=True)
with psycopg.connect(url, autocommit=True) as postgres:
    while not stop.exists():
        with open_published(file) as connection:
            tell("file", connection.execute(question("")).fetchall())
        for _ in range(5):
            tell("postgres", postgres.execute(question(f"{schema}.")).fetchall())
            time.sleep(0.01)
"""


def _python(code: str, *arguments: str, **streams) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=_ROOT, text=True, **streams)


@pytest.mark.parametrize("publications", [5, pytest.param(50, marks=pytest.mark.verify)])
def test_eight_readers_see_one_whole_version_in_every_read(
    few_tables, tmp_path, postgres_url, monkeypatch, publications
):
    monkeypatch.setenv("TIERWORKS_CONN_SERVING", postgres_url)
    workspace = few_tables
    told: list[str] = []
    start_build(workspace, "b00")
    publish_version(workspace, "b00", AS_OF, told.append)
    stop, out = tmp_path / "stop", [tmp_path / f"read{number}" for number in range(_READERS)]
    arguments = (str(stop), str(workspace.published_file), postgres_url, SCHEMA)
    readers = [
        _python(_READER, *arguments, stdout=path.open("w"), stderr=(path.with_suffix(".err")).open("w")) for path in out
    ]
    try:
        deadline = time.monotonic() + 120
        while not all(path.read_text() for path in out) and time.monotonic() < deadline:
            time.sleep(0.1)
        for number in range(1, publications + 1):
            start_build(workspace, f"b{number:02}")
            publish_version(workspace, f"b{number:02}", AS_OF, told.append)
            if number % 5 == 0:
                show_version(workspace, earlier_version(workspace), progress=told.append)
            assert shown(postgres_url) == current_version(workspace).build_id
    finally:
        stop.touch()
    assert [reader.wait(60) for reader in readers] == [0] * _READERS
    assert [path.with_suffix(".err").read_text() for path in out] == [""] * _READERS
    reads = [line.split() for path in out for line in path.read_text().splitlines()]
    for place in ("file", "postgres"):
        seen = Counter(tuple(line[1:]) for line in reads if line[0] == place)
        assert len({rest for _, *rest in map(list, seen) for rest in [tuple(rest)]}) == 1, "rows of whole tables alone"
        builds = {build for build, *_ in seen}
        assert not any("+" in build for build in builds), "one version in a read"
        assert len(builds) > publications / 2, f"{place}: the readers read while versions changed"
        print(f"{place}: {sum(seen.values())} reads of {len(builds)} versions in {_READERS} readers")
    assert not any("swapped around it" in line for line in told), "every swap found a moment"
    assert schemas(postgres_url) == [SCHEMA, f"{SCHEMA}__former"]


@pytest.mark.verify
def test_killed_at_any_moment_each_reader_keeps_a_whole_version_and_the_next_run_heals(
    few_tables, tmp_path, postgres_url, monkeypatch
):
    monkeypatch.setenv("TIERWORKS_CONN_SERVING", postgres_url)
    workspace = few_tables
    start_build(workspace, "whole")
    publish_version(workspace, "whole", AS_OF, lambda _: None)
    started = time.monotonic()
    start_build(workspace, "timed")
    whole = publish_version(workspace, "timed", AS_OF, lambda _: None)
    duration, chance, apart = time.monotonic() - started, random.Random(11), Counter()
    for number in range(12):
        build_id, before = f"k{number}", current_version(workspace).build_id
        start_build(workspace, build_id)
        publisher = _python(_PUBLISHER, str(tmp_path), build_id, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        publisher.stdout.readline()
        publisher.stdin.write("\n")
        publisher.stdin.flush()
        time.sleep(chance.uniform(duration / 4, duration))
        os.kill(publisher.pid, signal.SIGKILL)
        publisher.communicate()
        seen = current_version(workspace).build_id, shown(postgres_url)
        assert set(seen) <= {before, build_id}
        with psycopg.connect(postgres_url) as connection:
            held = f"select count(*) from pg_tables where schemaname = '{SCHEMA}'"
            assert connection.execute(held).fetchone()[0] == len(whole.tables) + 2 + len(OPERATIONS_TABLES)
        apart[tuple(build == build_id for build in seen)] += 1
        publish_version(workspace, build_id, AS_OF, lambda _: None)
        assert current_version(workspace).build_id == shown(postgres_url) == build_id
        assert schemas(postgres_url) == [SCHEMA, f"{SCHEMA}__former"]
    print(f"(file, PostgreSQL) had moved when killed: {dict(apart)}")
    assert apart[(False, False)], "no kill came before the swap"
    assert not list(workspace.versions.glob("*.draft"))
