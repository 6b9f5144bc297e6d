"""The databases of the stack: each role is at home in its own alone, and MLflow's store is a schema a workspace."""

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from include.services.mlflow_store import prepare_store
from include.workspace import resolve_workspace

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"AIRFLOW_DB_PASSWORD": 'it\'s "odd" $HOME \\', "MLFLOW_DB_PASSWORD": "plain"}


@pytest.fixture(scope="module")
def stores(postgres_cluster):
    """`connect(role, database)` to a server that the script has set up."""
    address = urlsplit(postgres_cluster.url())
    where = {"host": address.hostname, "port": address.port}
    path = f"{postgres_cluster.programs}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "PGHOST": address.hostname, "PGPORT": str(address.port), **SECRETS}
    environment |= {"POSTGRES_USER": address.username, "PGPASSWORD": address.password}
    done = subprocess.run(
        ["sh", ROOT / "deploy/postgres-databases.sh"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    passwords = {"airflow": SECRETS["AIRFLOW_DB_PASSWORD"], "mlflow": SECRETS["MLFLOW_DB_PASSWORD"]}

    def connect(role: str, database: str, password: str | None = None) -> psycopg.Connection:
        return psycopg.connect(**where, user=role, dbname=database, password=password or passwords[role])

    yield connect
    with psycopg.connect(postgres_cluster.url(), autocommit=True) as owner:
        for name in ("airflow", "mlflow"):
            owner.execute(f"drop database {name} with (force)")
            owner.execute(f"drop role {name}")


@pytest.mark.parametrize("role", ["airflow", "mlflow"])
def test_a_role_works_in_its_own_database(stores, role):
    with stores(role, role) as connection:
        connection.execute("create table kept (id int)")
        assert not connection.execute(
            "select rolsuper or rolcreatedb from pg_roles where rolname = %s", [role]
        ).fetchone()[0]


@pytest.mark.parametrize(("role", "database"), [("airflow", "mlflow"), ("mlflow", "airflow")])
def test_and_is_refused_in_the_others(stores, role, database):
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        stores(role, database)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        stores(role, role, password="guessed")


@pytest.mark.verify
def test_mlflows_store_is_made_once_in_a_schema_of_the_workspace(stores, monkeypatch):
    with stores("mlflow", "mlflow") as connection:
        place = f"{connection.info.host}:{connection.info.port}"
    monkeypatch.setenv("TIERWORKS_MLFLOW_STORE", f"postgresql+psycopg://mlflow@{place}/mlflow")
    monkeypatch.setenv("PGPASSWORD", SECRETS["MLFLOW_DB_PASSWORD"])
    for name in ("cdnow", "cdnow", "simulated"):
        prepare_store(resolve_workspace(name).mlflow_tracking_uri, schema=name)
    with stores("mlflow", "mlflow") as connection:
        tables = connection.execute("select schemaname, count(*) from pg_tables where tablename = 'runs' group by 1")
        assert dict(tables.fetchall()) == {"cdnow": 1, "simulated": 1}
