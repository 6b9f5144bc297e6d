"""Each role sees exactly what the policy says: in the files of a version, in PostgreSQL and through the dashboard."""

from __future__ import annotations

import secrets

import duckdb
import psycopg
import pytest
from psycopg import errors

from include.dashboard.published import RoleRefused, current
from include.privacy.people import People
from include.privacy.published import serve_anew, take_out_of_version
from include.publishing.publish import publish_version
from include.publishing.role_files import restricted_files
from include.warehouse.connection import open_warehouse
from tests.expectations.tiny_warehouse import AS_OF, PERSON
from tests.publishing.audited import start_build

POLICY = """
roles:
  - {role: masked,  direct: masked, quasi: shown,    sensitive: shown}
  - {role: steward, direct: shown,  quasi: shown,    sensitive: shown}
  - {role: analyst, direct: masked, quasi: masked,   sensitive: left_out}
  - {role: keeper,  direct: shown,  quasi: left_out, sensitive: masked, rows_by: manager_id}
  - {role: head,    direct: shown,  quasi: shown,    sensitive: shown,  rows_by: region}
copies: [steward, analyst, keeper, head]
readers:
  - {reader: ada, role: keeper, rows: ["shop:m"]}
  - {reader: bo,  role: head,   rows: [South]}
"""
BARE = {"email": "a***@***", "phone": "***67", "full_name": "A.", "postal_code": "10***"}
ROLES = ("masked", "analyst", "head.bo", "keeper.ada", "steward")


@pytest.fixture
def company(few_tables, tmp_path):
    """Two customers of two regions, of whom a manager looks after the first alone; nothing is published yet."""
    with open_warehouse(few_tables) as connection:
        connection.execute(
            """
            alter table core.dim_customer add column region varchar;
            alter table core.dim_customer add column city varchar;
            alter table core.dim_customer add column gender varchar;
            update core.dim_customer
                set region = if(customer_id = 'c1', 'North', 'South'), city = 'Ulm', gender = 'female';
            create table core.fct_manager_assignments as select * from (values
                ('1', 'shop:m', 'c1', null, date '2020-01-01', null::date),
                ('2', 'shop:m', 'c2', null, '2020-01-01', '2020-02-01'),
                ('3', 'shop:n', 'c2', null, '2020-02-02', null)
            ) as t(assignment_id, manager_id, customer_id, account_id, starts_on, ends_on);
            create table core.fct_referrals as
                select 'r' as referral_id, 'c1' as customer_id, 'c2' as referred_customer_id;
            create table marts.manager_scorecard as select unnest(['shop:m', 'shop:n']) as manager_id;
            create table marts.campaign_roi as select unnest(['North', 'South', null]) as region;
            create table marts.cohort_retention as select 2 as customers
            """
        )  # fmt: skip
    _policy(few_tables, tmp_path, POLICY)
    return few_tables


def _policy(workspace, folder, text: str) -> None:
    policies = folder / "policies"
    policies.mkdir(exist_ok=True)
    (policies / "privacy.yml").write_text(text)
    object.__setattr__(workspace, "policies", policies)


def _publish(workspace, build_id: str = "b1"):
    start_build(workspace, build_id)
    return publish_version(workspace, build_id, AS_OF, lambda _: None)


def _sees(rows) -> dict[str, dict]:
    """What a role is told of each customer, by id, nothing being said of what is null."""
    return {row["customer_id"]: {k: str(v) for k, v in row.items() if v is not None} for row in rows}


def _expected(role: str) -> dict[str, dict]:
    """By hand, from the policy above and the tiny warehouse."""
    first = {"customer_id": "c1", "known_on": "2020-01-10", "region": "North"}
    second = {"customer_id": "c2", "known_on": "2020-02-20", "region": "South"}
    plain = {"city": "Ulm", "gender": "female"}
    return {
        "masked": {"c1": first | plain | BARE | {"birth_on": "1980-01-01"}, "c2": second | plain},
        "steward": {"c1": first | plain | PERSON, "c2": second | plain},
        "analyst": {"c1": first | BARE | {"city": "***"}, "c2": second | {"city": "***"}},
        "keeper.ada": {"c1": first | PERSON | {"birth_on": "1980-01-01"}},
        "head.bo": {"c2": second | plain},
    }[role]


@pytest.fixture
def columns():
    return {"customer_metrics": "customer_id", "customer_tiers": "customer_id", "churn_scores": "customer_id"}


def test_each_file_holds_what_the_policy_says_and_only_its_owner_may_open_it(company, columns):
    folder = _publish(company).folder
    assert [path.name for path in restricted_files(folder)] == [f"tierworks.{role}.duckdb" for role in ROLES[1:]]
    assert {path.stat().st_mode & 0o777 for path in restricted_files(folder)} == {0o600}
    assert (folder / "tierworks.duckdb").stat().st_mode & 0o777 == 0o444
    assert [path.name for path in (folder / "parquet").iterdir() if "steward" in path.name] == []
    everybody = _tables(folder / "tierworks.duckdb")
    for role in ROLES:
        look = current(company, role)
        kept = set(_expected(role))
        assert _sees(look.rows("from dim_customer")) == _expected(role), role
        held = _tables(look.file)
        assert held.keys() == everybody.keys()
        for table, column in columns.items():
            there = {row[column] for row in look.rows(f"select {column} from {table}")}
            assert there == kept and there, (role, table)
        told = {
            row["t"]: row["n"]
            for row in look.rows(
                "select unnest(json_keys(tables)) as t, "
                "unnest(list_transform(json_keys(tables), lambda k: (tables->k->>'rows')::int)) as n "
                "from published_version"
            )
        }
        assert told == {table: len(rows) for table, rows in held.items() if table in told} and len(told) > 8
        comments = "select table_name, comment from duckdb_tables() where comment is not null order by 1"
        assert look.rows(comments) == current(company).rows(comments)
    limited = {
        "keeper.ada": ([("shop:m",)], [("North",), ("South",), (None,)], {"c1"}, 0),
        "head.bo": ([("shop:m",), ("shop:n",)], [("South",), (None,)], {"c2"}, 0),
        "steward": ([("shop:m",), ("shop:n",)], [("North",), ("South",), (None,)], {"c1", "c2", None}, 1),
    }
    for role, (managers, regions, buyers, referrals) in limited.items():
        held = _tables(folder / f"tierworks.{role}.duckdb")
        assert sorted(held["manager_scorecard"]) == managers, role
        assert sorted(held["campaign_roi"], key=str) == sorted(regions, key=str), role
        assert {row[1] for row in held["fct_orders"]} <= buyers and len(held["fct_orders"]) > 0, role
        assert len(held["fct_referrals"]) == referrals, "one that names another's customer is nobody's to see"
        assert held["cohort_retention"] == [(2,)], "a figure of all customers stays"


def _tables(file) -> dict[str, list[tuple]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return {name: connection.execute(f'from "{name}"').fetchall() for name in names}


def test_a_role_without_a_copy_is_refused_and_told_what_to_do(company, tmp_path):
    _policy(company, tmp_path, "copies: []\n")
    assert restricted_files(_publish(company).folder) == []
    with pytest.raises(RoleRefused, match=r"role steward .* only for masked\. Name it under `copies` of privacy\.yml"):
        current(company, "steward")
    with pytest.raises(RoleRefused, match=r"\.\./x"):
        current(company, "../x")


def test_each_role_reads_its_schema_in_postgresql_and_no_other(company, postgres_url, monkeypatch, tmp_path):
    monkeypatch.setenv("TIERWORKS_CONN_SERVING", postgres_url)
    _publish(company)
    schemas = {role: f"tierworks_tiny__as_{role.replace('.', '_')}" for role in ROLES} | {"masked": "tierworks_tiny"}
    with psycopg.connect(postgres_url, autocommit=True, row_factory=psycopg.rows.dict_row) as connection:
        logins = {role: f"l{secrets.token_hex(4)}" for role in ROLES}
        try:
            for role, login in logins.items():
                connection.execute(f"create role {login} in role {schemas[role]}_reader")
                connection.execute(f"set role {login}")
                rows = connection.execute(f"select * from {schemas[role]}.dim_customer").fetchall()
                assert _sees(rows) == _expected(role), role
                for statement in (
                    *(f"select 1 from {other}.dim_customer" for other in schemas.values() if other != schemas[role]),
                    f"update {schemas[role]}.dim_customer set region = 'x'",
                    f"create table {schemas[role]}.mine (a int)",
                ):
                    with pytest.raises(errors.InsufficientPrivilege):
                        connection.execute(statement)
                connection.execute("reset role")
            _policy(company, tmp_path, POLICY.replace("copies: [steward, analyst, keeper, head]", "copies: [steward]"))
            _publish(company, "b2")
            for role in ("masked", "steward"):
                built = connection.execute(f"select build_id from {schemas[role]}.published_version").fetchone()
                assert built == {"build_id": "b2"}
            left = connection.execute("select nspname from pg_namespace where nspname like 'tierworks%' order by 1")
            kept = [row["nspname"] for row in left.fetchall()]
            assert kept == sorted(f"{schemas[role]}{end}" for role in ("masked", "steward") for end in ("", "__former"))
        finally:
            connection.execute("reset role")
            for login in logins.values():
                connection.execute(f"drop role if exists {login}")


def test_who_is_erased_goes_from_every_copy_and_every_schema(company, postgres_url, monkeypatch, tmp_path):
    roles = ("masked", "keeper.ada", "steward")
    _policy(company, tmp_path, POLICY.replace("copies: [steward, analyst, keeper, head]", "copies: [steward, keeper]"))
    monkeypatch.setenv("TIERWORKS_CONN_SERVING", postgres_url)
    _publish(company)
    version = _publish(company, "b2")
    person = People(("c1",), (("shop", "a"),), (PERSON["email"],), (), (), ("c1",))
    assert take_out_of_version(version, person)[0] > 0 and serve_anew(company, lambda _: None) == []
    assert {path.stat().st_mode & 0o777 for path in restricted_files(version.folder)} == {0o600}
    for role in roles:
        look = current(company, role)
        left = set(_expected(role)) - {"c1"}
        assert set(_sees(look.rows("from dim_customer"))) == left
        told = look.row("select (tables->'dim_customer'->>'rows')::int as customers from published_version")
        assert told == {"customers": len(left)}
    with psycopg.connect(postgres_url) as connection:
        schemas = connection.execute("select nspname from pg_namespace where nspname like 'tierworks%'").fetchall()
        assert len(schemas) == len(roles), "the former ones are gone"
        for (schema,) in schemas:
            ids = connection.execute(f"select customer_id from {schema}.dim_customer").fetchall()
            assert ("c1",) not in ids
