"""A published version in PostgreSQL: the same as the file, read by a role that may do nothing else, brought back."""

from __future__ import annotations

import json

import duckdb
import psycopg
import pytest
from psycopg import errors, sql

from include.cli.main import main
from include.publishing.operations import OPERATIONS_TABLES
from include.publishing.postgres_schema import PostgresSchema, ServingFailed
from include.publishing.publish import publish_version
from include.publishing.serving import serving_connection, show_version
from include.publishing.versions import current_version, read_version
from tests.expectations.tiny_warehouse import AS_OF, PERSON
from tests.publishing.audited import start_build

SCHEMA, READER = "tierworks_tiny", "tierworks_tiny_reader"


@pytest.fixture
def served(few_tables, postgres_url, monkeypatch):
    """A workspace with a database to be served in; nothing is published yet."""
    monkeypatch.setenv("TIERWORKS_CONN_SERVING", postgres_url)
    return few_tables


def publish(workspace, build_id: str, progress=lambda _: None):
    start_build(workspace, build_id)
    return publish_version(workspace, build_id, AS_OF, progress)


def ask(url: str, question: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchall()


def shown(url: str) -> str:
    return ask(url, f"select build_id from {SCHEMA}.published_version")[0][0]


def schemas(url: str) -> list[str]:
    return [name for (name,) in ask(url, "select nspname from pg_namespace where nspname like 'tierworks%' order by 1")]


def test_every_table_holds_what_the_file_holds(workspace, postgres_url, monkeypatch):
    monkeypatch.setenv("TIERWORKS_CONN_SERVING", postgres_url)
    version = publish(workspace, "b1")
    with duckdb.connect(str(workspace.published_file.resolve()), read_only=True) as file:
        tables = [name for (name,) in file.execute("select table_name from duckdb_tables() order by 1").fetchall()]
        assert set(version.tables) | {"published_version", "metric_definitions", *OPERATIONS_TABLES} == set(tables)
        for table in tables:
            columns = [c for (c,) in file.execute(f'select column_name from (describe "{table}")').fetchall()]
            fields = ", ".join(f'"{column}"' for column in columns)
            ours = file.execute(f'select {fields} from "{table}"').fetchall()
            theirs = ask(postgres_url, f'select {fields} from {SCHEMA}."{table}"')
            plain = [tuple(json.dumps(v) if isinstance(v, dict | list) else v for v in row) for row in theirs]
            if table != "published_version":  # its JSON is text in one and read in the other
                assert sorted(map(repr, ours)) == sorted(map(repr, plain)), table
    assert shown(postgres_url) == "b1" == current_version(workspace).build_id
    told = "select obj_description('tierworks_tiny.published_version'::regclass)"
    assert ask(postgres_url, told)[0][0].startswith("One row")
    assert PERSON["email"] not in str(ask(postgres_url, f"select * from {SCHEMA}.dim_customer"))


def test_values_of_every_type_arrive_as_they_are(served, postgres_url, tmp_path):
    from include.publishing.postgres_tables import create_table, open_for_copying

    file = tmp_path / "types.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "create table t as select 'naïve 客户' || chr(0) as words, true as yes, 7::smallint as small, -8 as whole, "
            "9::bigint as big, 170141183460469231731687303715884105727::hugeint // 10 as huge, 'nan'::double as odd, "
            "-0.001::decimal(18,4) as money, date '1969-12-31' as day, timestamp '2024-02-29 23:59:59.000001' as at, "
            "timestamptz '2024-02-29 23:59:59+02' as zoned, {'a': [1, 2]} as nested, '{\"k\": null}'::json as told, "
            "null::varchar as nothing"
        )
    with psycopg.connect(postgres_url) as postgres, open_for_copying(file) as published:
        postgres.execute("create schema s; set timezone = 'UTC'")
        assert create_table(published, postgres, "s", "t", ["whole"], tmp_path / "rows") == 1
        answer = postgres.execute("select * from s.t")
        got = dict(zip((column.name for column in answer.description), answer.fetchone(), strict=True))
    assert got["words"] == "naïve 客户" and got["yes"] is True and got["nothing"] is None
    assert (got["small"], got["whole"], got["big"]) == (7, -8, 9) and got["odd"] != got["odd"]
    assert str(got["huge"]) == "17014118346046923173168730371588410572" and str(got["money"]) == "-0.0010"
    assert (got["day"].isoformat(), got["at"].isoformat()) == ("1969-12-31", "2024-02-29T23:59:59.000001")
    assert got["zoned"].isoformat() == "2024-02-29T21:59:59+00:00"
    assert (got["nested"], got["told"]) == ({"a": [1, 2]}, {"k": None})


def test_the_grain_is_the_primary_key_where_it_holds(served, postgres_url):
    from include.publishing.postgres_schema import PostgresSchema as Schema

    version = publish(served, "b1")
    record = served.versions / "b1" / "version.json"
    record.chmod(0o644)
    keys = {"customer_tiers": ["customer_id", "as_of_date"], "fct_orders": ["kind"], "clv_scores": ["absent"]}
    record.write_text(json.dumps(version.record() | {"keys": keys}))
    with Schema(serving_connection(served), "tiny", 1) as schema:
        schema.stage(read_version(record.parent), anew=True)
        schema.swap()
    found = "select tablename, indexdef from pg_indexes where schemaname = 'tierworks_tiny'"
    indexes = [f"{table}: {line.partition('USING btree ')[2]}" for table, line in ask(postgres_url, found)]
    assert {"customer_tiers: (customer_id, as_of_date)", "customer_tiers: (as_of_date)"} <= set(indexes)
    assert "fct_orders: (customer_id)" in indexes and not any("(kind)" in line for line in indexes)


def test_the_reading_role_reads_and_cannot_write(served, postgres_url):
    publish(served, "b1")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create role ada_{id(served)} login password 'x' in role {READER}")
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(f"ada_{id(served)}")))
        publish(served, "b2")
        assert connection.execute(f"select build_id from {SCHEMA}.published_version").fetchone() == ("b2",)
        for statement in (
            f"insert into {SCHEMA}.published_version select * from {SCHEMA}.published_version",
            f"update {SCHEMA}.customer_tiers set tier = 'gold'",
            f"delete from {SCHEMA}.customer_tiers",
            f"truncate {SCHEMA}.customer_tiers",
            f"drop table {SCHEMA}.customer_tiers",
            f"create table {SCHEMA}.mine (a int)",
            f"alter schema {SCHEMA} rename to mine",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement)
        connection.execute("reset role")
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(f"ada_{id(served)}")))


def test_rolling_back_brings_the_former_schema_and_then_older_files(served, postgres_url, capsys):
    for build_id in ("b1", "b2", "b3"):
        publish(served, build_id)
    former = ask(postgres_url, f"select '{SCHEMA}__former.customer_tiers'::regclass::oid")
    assert schemas(postgres_url) == [SCHEMA, f"{SCHEMA}__former"]
    served.register()
    assert main(["rollback", "--workspace", "tiny"]) == 0
    assert shown(postgres_url) == "b2" == current_version(served).build_id
    assert ask(postgres_url, f"select '{SCHEMA}.customer_tiers'::regclass::oid") == former, "renamed, not copied"
    assert main(["rollback", "--workspace", "tiny"]) == 0
    assert shown(postgres_url) == "b1" == current_version(served).build_id
    publish(served, "b4")
    assert shown(postgres_url) == "b4" and schemas(postgres_url) == [SCHEMA, f"{SCHEMA}__former"]


def test_files_go_on_without_postgres_and_the_next_publication_heals(served, postgres_url, monkeypatch):
    publish(served, "b1")
    monkeypatch.setenv("TIERWORKS_CONN_SERVING", postgres_url.replace("crm:", "nobody:"))
    with pytest.raises(ServingFailed, match="files show build b2, but PostgreSQL goes on showing") as caught:
        publish(served, "b2")
    assert postgres_url.split(":")[2].split("@")[0] not in str(caught.value)
    assert (current_version(served).build_id, shown(postgres_url)) == ("b2", "b1")
    monkeypatch.setenv("TIERWORKS_CONN_SERVING", postgres_url)
    publish_version(served, "b2", AS_OF, lambda _: None)
    assert (current_version(served).build_id, shown(postgres_url)) == ("b2", "b2")


def test_a_schema_of_somebody_else_is_left_alone(served, postgres_url):
    with psycopg.connect(postgres_url) as connection:
        connection.execute(f"create schema {SCHEMA} create table theirs (a int)")
    with pytest.raises(ServingFailed, match="no version of ours"):
        publish(served, "b1")
    assert ask(postgres_url, f"select count(*) from {SCHEMA}.theirs") == [(0,)]


@pytest.mark.parametrize("level", ["read committed", "repeatable read"])
def test_a_transaction_held_over_the_swap_neither_stops_it_nor_breaks(served, postgres_url, level, monkeypatch):
    monkeypatch.setattr("include.publishing.serving.read_policies", lambda _: {"publishing": PATIENT_FOR_HALF_A_SECOND})
    publish(served, "b1")
    count = f"select count(*), min(build_id), max(build_id) from {SCHEMA}.customer_tiers"
    told: list[str] = []
    with psycopg.connect(postgres_url) as holder, psycopg.connect(postgres_url) as early:
        for connection in (holder, early):
            connection.execute(f"set transaction isolation level {level}")
        assert holder.execute(count).fetchone()[1:] == ("b1", "b1")
        early.execute("select 1 from pg_class limit 1")  # its snapshot is older than every row to come
        publish(served, "b2", told.append)
        assert any("swapped around it" in line for line in told)
        for connection in (holder, early):
            rows, *builds = connection.execute(count).fetchone()
            assert rows > 0 and builds == ["b2", "b2"], "a whole version, never an empty table"
        publish(served, "b3", told.append)
        assert any("still being read" in line for line in told)
    publish(served, "b4")
    assert schemas(postgres_url) == [SCHEMA, f"{SCHEMA}__former"], "what was held is swept once it is let go"


def test_a_file_written_again_is_served_anew_and_the_former_schema_goes(served, postgres_url):
    publish(served, "b1")
    version = publish(served, "b2")
    file = version.folder / "tierworks.duckdb"
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute("comment on table customer_tiers is 'written again'")
    show_version(served, version, progress=lambda _: None, anew=True)
    assert ask(postgres_url, f"select obj_description('{SCHEMA}.customer_tiers'::regclass)") == [("written again",)]
    assert schemas(postgres_url) == [SCHEMA]


def test_one_publication_at_a_time_in_one_database(served, postgres_url):
    publish(served, "b1")
    with PostgresSchema(serving_connection(served), "tiny", 1) as first:
        first.stage(publish_version(served, "b1", AS_OF, lambda _: None), anew=True)
        with psycopg.connect(postgres_url) as other:
            assert other.execute(f"select pg_try_advisory_xact_lock(hashtext('{SCHEMA}'))").fetchone() == (False,)
    assert shown(postgres_url) == "b1" and schemas(postgres_url) == [SCHEMA], "what was not swapped leaves nothing"


PATIENT_FOR_HALF_A_SECOND = {"keep_versions": 5, "keep_past_dates": 1, "serving_patience_seconds": 0.5}
