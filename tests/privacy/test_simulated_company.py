"""A whole simulated company, published: nobody's address or number leaks, and a hundred people are erased from it."""

from __future__ import annotations

import datetime
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import duckdb
import psycopg
import pytest

from include.dashboard.app import PAGES
from include.load.crosswalk import kept_crosswalk
from include.pipeline import steps
from include.privacy.detector import find_values
from include.privacy.erase import erase_people
from include.privacy.people import find_people
from include.privacy.values import Values
from include.publishing.role_files import restricted_files
from include.publishing.versions import list_versions
from include.services.dashboard import start_dashboard
from include.services.processes import running_services, stop_services
from include.simulator.files import write_files
from include.simulator.simulation import Simulation
from include.warehouse.connection import open_warehouse
from include.workspace import resolve_workspace
from tests.dashboard.browser import Look, chromium, needed

pytestmark = [pytest.mark.verify, pytest.mark.timeout(3600)]
FIRST, LAST = datetime.date(2023, 1, 1), datetime.date(2024, 6, 30)
BOOKS = "select count(*), sum(net_revenue), sum(units) from core.fct_orders"
_CUSTOMER_ID = "c[0-9a-f]{16}"


def _quiet(line: str) -> None:
    pass


@pytest.fixture
def published(tmp_path, monkeypatch, postgres_url):
    """Eight hundred people, published for every reader, for a role that sees all and for a manager, and served."""
    needed()
    monkeypatch.setenv("TIERWORKS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TIERWORKS_CONN_SERVING", postgres_url)
    write_files(Simulation(800, 11, FIRST, LAST, None), tmp_path / "company")
    policies = tmp_path / "policies"
    policies.mkdir()
    workspace = replace(resolve_workspace("simulated", str(tmp_path / "company")), policies=policies)
    workspace.register()
    steps.load(workspace, "b1", _quiet)
    with open_warehouse(workspace, read_only=True) as connection:
        (manager,) = connection.execute(
            "select source || ':' || manager_key from raw.manager_assignments "
            "where ends_on is null and customer_key is not null group by 1 order by count(*) desc, 1 limit 1"
        ).fetchone()
    (policies / "privacy.yml").write_text(
        "copies: [unmasked, account_manager]\n"
        f"readers:\n  - {{reader: ada, role: account_manager, rows: [{json.dumps(manager)}]}}\n"
    )
    as_of = steps.resolve_as_of(workspace, None, LAST)
    steps.score(workspace, as_of, {}, _quiet)
    steps.publish(workspace, as_of, _quiet)
    return workspace, as_of, manager


def test_a_published_company_leaks_nothing_and_forgets_whom_it_must(published, postgres_url, tmp_path):
    workspace, as_of, manager = published
    with open_warehouse(workspace, read_only=True) as connection:
        known = connection.execute("select email, phone from raw.customers order by all limit 1000").fetchall()
        known += connection.execute("select email, phone from raw.leads order by all limit 1000").fetchall()
        ids = connection.execute(
            "select customer_id from core.dim_customer where customer_id in (select customer_id from core.fct_orders) "
            "order by md5(customer_id) limit 100"
        ).fetchall()
        books = connection.execute(BOOKS).fetchall()
        _a_manager_sees_own_customers_alone(workspace, connection, manager)
    asked = [customer for (customer,) in ids]
    values = Values.of([a for a, _ in known if a], [n for _, n in known if n])
    assert len(values) > 1000
    # The warehouse, what stewards keep and the copies of roles are in the clear by design; all else is for readers.
    (version,) = list_versions(workspace)
    copies = restricted_files(version.folder)
    assert (
        find_values(workspace.home, values, frozenset({workspace.warehouse, kept_crosswalk(workspace), *copies})) == []
    )
    assert all(find_values(copy, values) for copy in copies)
    everybody = _sent_by_the_dashboard(workspace, "masked", asked[:10], tmp_path / "masked")
    assert find_values(everybody, values) == [] and find_values(everybody, Values.of(words=[version.build_id]))
    assert find_values(_sent_by_the_dashboard(workspace, "unmasked", asked[:10], tmp_path / "unmasked"), values)

    with open_warehouse(workspace) as connection:
        theirs = find_people(connection, asked).values
    planted = _plant(workspace, min(theirs.addresses))
    told = {found.path for found in find_values(workspace.home, theirs)}
    assert planted <= told and {workspace.warehouse, *copies, version.folder / "tierworks.duckdb"} <= told
    others = _rows_of_others(workspace, asked)
    done = erase_people(workspace, asked, "Ann", "asked", progress=_quiet)
    assert done.found == [] and done.beyond_reach == []
    assert _rows_of_others(workspace, asked) == others
    assert _in_postgres(postgres_url, asked) == 0
    with open_warehouse(workspace, read_only=True) as connection:
        assert connection.execute(BOOKS).fetchall() == books

    steps.load(workspace, "b2", _quiet, full_refresh=True)
    steps.score(workspace, as_of, {}, _quiet)
    steps.publish(workspace, as_of, _quiet)
    assert find_values(workspace.home, theirs) == []
    assert _in_postgres(postgres_url, asked) == 0
    with open_warehouse(workspace, read_only=True) as connection:
        assert connection.execute(BOOKS).fetchall() == books
        assert connection.execute(
            "select count(*) from core.dim_customer where customer_id in ?", [asked]
        ).fetchone() == (0,)
    with duckdb.connect(str(workspace.published_file), read_only=True) as version:
        log = "select count(*), max(values_found), min(asked_by), min(reason) from erasure_log"
        assert version.execute(log).fetchall() == [(100, 0, "A.", "***")]


def _a_manager_sees_own_customers_alone(workspace, warehouse, manager: str) -> None:
    """Every customer id in the copy of the manager is of the portfolio, counted here from the contract's rows."""
    portfolio = {
        one
        for (one,) in warehouse.execute(
            """
            with held as (
                select * from core.fct_manager_assignments
                where manager_id = $1 and (ends_on is null or ends_on >= (select as_of_date from ops.current_build))
            )
            select customer_id from held where customer_id is not null
            union select m.customer_id from core.fct_account_members as m join held using (account_id)
            where m.ends_on is null or m.ends_on >= (select as_of_date from ops.current_build)
            """,
            [manager],
        ).fetchall()
    }
    assert portfolio
    file = workspace.current.resolve() / "tierworks.account_manager.ada.duckdb"
    with duckdb.connect(str(file), read_only=True) as copy:
        texts = copy.execute(
            "select table_name, column_name from duckdb_columns() where data_type = 'VARCHAR' and not internal"
        ).fetchall()
        named = set()
        for table, column in texts:
            ids = copy.execute(
                f'select distinct "{column}" from "{table}" where regexp_full_match("{column}", \'{_CUSTOMER_ID}\')'
            ).fetchall()
            strangers = {one for (one,) in ids} - portfolio
            assert strangers == set() or column == "first_id", (table, column, len(strangers))
            named |= {one for (one,) in ids} if column == "customer_id" else set()
        held = [name for (name,) in copy.execute("select column_name from (describe dim_customer)").fetchall()]
    assert named == portfolio
    assert "email" in held and not {"gender", "birth_on", "income_band", "age_band"} & set(held)


def _sent_by_the_dashboard(workspace, role: str, customers: list[str], file: Path) -> Path:
    """All that a browser is sent on every page and the pages of these customers, as a file."""
    frames: list[bytes] = []
    try:
        with chromium() as browser, Look(browser, start_dashboard(workspace, role, port=0)) as window:
            window.page.on(
                "websocket",
                lambda socket: socket.on(
                    "framereceived", lambda frame: frames.append(frame if isinstance(frame, bytes) else frame.encode())
                ),
            )
            for path in [
                *("" if name == "overview" else name for name in PAGES),
                *(f"customer?customer={c}" for c in customers),
            ]:
                window.open(path)
                frames.append(window.text().encode())
    finally:
        stop_services([name for name in running_services() if name.startswith("dashboard-")])
    file.write_bytes(b"\n".join(frames))
    return file


def _plant(workspace, address: str) -> set[Path]:
    """The address in a file of each kind that a workspace has."""
    said = f"said {address} today"
    texts = {
        workspace.rebuildable / "logs" / "planted.log": said,
        workspace.rebuildable / "quality" / "planted.html": f"<td>{said}</td>",
        workspace.rebuildable / "pages" / "planted.md": said,
        workspace.rebuildable / "dbt" / "planted.sql": f"-- {said}",
        workspace.kept / "mlflow-artifacts" / "planted" / "input.json": json.dumps({"rows": [said]}),
        workspace.kept / "mlflow-artifacts" / "planted" / "table.csv": f"a,b\n1,{address}\n2,x\n",
        workspace.kept / "planted.jsonl": json.dumps({"to": address}) + "\n",
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    parquet = workspace.kept / "mlflow-artifacts" / "planted" / "rows.parquet"
    duckdb.execute(f"copy (select $a as v union all select 'x') to '{parquet}' (format parquet)", {"a": address})
    ledger = workspace.kept / "mlflow.db"
    with sqlite3.connect(ledger) as connection:
        connection.execute("create table planted (v text)")
        connection.execute("insert into planted values (?)", (said,))
    connection.close()
    return {*texts, parquet, ledger}


def _rows_of_others(workspace, asked: list[str]) -> dict[str, int]:
    """Rows of each table with a customer id that are somebody else's, in the warehouse and in what is published."""
    counted = {}
    for file in (workspace.warehouse, workspace.published_file.resolve()):
        with duckdb.connect(str(file), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_columns() "
                "join duckdb_tables() using (schema_name, table_name) where column_name = 'customer_id' "
                "and schema_name in ('main', 'core', 'marts', 'scores', 'int') "
                "and table_name <> 'fct_referrals' order by all"
            ).fetchall()
            for schema, table in tables:
                counted[f"{file.name} {schema}.{table}"] = connection.execute(
                    f'select count(*) from "{schema}"."{table}" where not list_contains($1, customer_id)', [asked]
                ).fetchone()[0]
    return counted


def _in_postgres(url: str, asked: list[str]) -> int:
    """Places in schemas of the serving database that still name one of them."""
    found = 0
    with psycopg.connect(url) as connection:
        columns = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns "
            "where table_schema like 'tierworks%' and data_type = 'text'"
        ).fetchall()
        assert len({schema for schema, *_ in columns}) >= 3
        for schema, table, column in columns:
            question = f'select count(*) from "{schema}"."{table}" where "{column}" = any(%s)'
            found += connection.execute(question, [asked]).fetchone()[0]
    return found
