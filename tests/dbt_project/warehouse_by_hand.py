"""A warehouse that a test fills by hand and dbt builds in this process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import duckdb
import pandas as pd

from include.contract.reader import read_contract
from include.identity.identify import identify_customers
from include.load.contract_tables import create_contract_tables, entity_columns
from include.load.crosswalk import mint_customer_ids
from include.policies.reader import read_policies
from include.policies.tables import write_policy_tables
from include.scoring.tables import create_score_tables
from include.warehouse.as_of import write_as_of_dates
from include.warehouse.builds import begin_build
from include.warehouse.connection import open_warehouse
from include.warehouse.currency import write_currencies
from include.warehouse.digest import schema_digests
from include.warehouse.staleness import Inputs, find_staleness
from include.workspace import PROJECT_ROOT, Workspace
from ml.tracking.settings import import_mlflow
from ml.tracking.store import ModelStore
from tests.dbt_in_process import DbtFailed, DbtInProcess, environment

__all__ = ["Dbt", "DbtFailed", "World"]

PROJECT = PROJECT_ROOT / "dbt_project"
KEPT = ("customer_xref.parquet", "identity_log.parquet", "identity_model.json", "match_decisions.jsonl")
LOADED_AT = datetime(2026, 1, 2, 3, 4, 5)


class Dbt:
    """Runs dbt on the warehouse of the world of the moment: every one in turn lies at the same path."""

    def __init__(self, folder: Path, run: DbtInProcess):
        self.target = folder / "target"
        self._settings = {
            "TIERWORKS_HOME": str(folder),
            "TIERWORKS_WAREHOUSE": str(folder / "dbt" / "rebuildable" / "warehouse.duckdb"),
            "DBT_PROJECT_DIR": str(PROJECT),
            "DBT_PROFILES_DIR": str(PROJECT),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(folder / "logs"),
        }
        self._run = run

    @contextmanager
    def environment(self) -> Iterator[None]:
        """The settings of this warehouse, gone again when other tests run."""
        with environment(self._settings):
            yield

    @contextmanager
    def warehouse(self, workspace: Workspace, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        with self.environment(), open_warehouse(workspace, read_only) as connection:
            yield connection

    def __call__(self, *arguments: str):
        return self._run(self._settings, list(arguments))


class World:
    """A warehouse under the dbt project, filled by hand: raw rows in, any table out."""

    def __init__(self, dbt: Dbt, policies: Path | None = None, like: Path | None = None):
        """Empty, or `like` one that was copied to that folder."""
        self.dbt = dbt
        self.workspace = Workspace("dbt", (), policies=policies)
        with dbt.environment():
            for file in self._files():
                file.unlink(missing_ok=True)
            _forget_models(self.workspace)
            if like:
                self.workspace.make_folders()
                for file in self._files():
                    if (like / file.name).exists():
                        shutil.copy(like / file.name, file)
                return
        with self.connect() as connection:
            create_contract_tables(connection)
            create_score_tables(connection)

    def copy_to(self, folder: Path) -> None:
        self.execute("checkpoint")
        folder.mkdir()
        with self.dbt.environment():
            for file in self._files():
                if file.exists():
                    shutil.copy(file, folder)

    def _files(self) -> list[Path]:
        return [self.workspace.warehouse, *(self.workspace.kept / name for name in KEPT)]

    def connect(self, read_only: bool = False):
        return self.dbt.warehouse(self.workspace, read_only)

    def load(self, entity: str, rows: pd.DataFrame) -> None:
        """Append contract rows; columns that are not given are null, lineage is filled in."""
        rows = rows.assign(
            **{"_file": "rows.csv", "_line": range(1, len(rows) + 1), "_batch_id": "b1", "_loaded_at": LOADED_AT}
        )
        if "_table" not in rows:
            rows["_table"] = entity
        known = {name for name, _ in entity_columns(read_contract()[entity])}
        assert set(rows.columns) <= known, set(rows.columns) - known
        with self.connect() as connection:
            connection.register("rows", rows)
            connection.execute(f"insert into raw.{entity} by name from rows")
            connection.execute(
                "insert into ops.mapped_columns select distinct source, _table, entity, column_name, column_name "
                "from rows cross join ops.contract_columns where entity = ? and list_contains(?, column_name) "
                "except from ops.mapped_columns",
                [entity, list(rows.columns)],
            )

    def execute(self, sql: str) -> None:
        with self.connect() as connection:
            connection.execute(sql)

    def build(
        self, as_of: date, select: str = "tag:staging tag:core tag:marts", data_tests: bool = True, but: str = ""
    ) -> World:
        """Build for a date as the pipeline does, data tests included, `but` what stands already."""
        with self.connect() as connection:
            mint_customer_ids(self.workspace, connection)
            policies = read_policies(self.workspace)
            identify_customers(self.workspace, connection, policies, lambda line: None)
            write_policy_tables(connection, policies)
            write_as_of_dates(connection, as_of, policies["calendar"]["history_months"])
            found = begin_build(connection, as_of, policies.version)
            write_currencies(connection, as_of)
            find_staleness(connection, Inputs(found.as_of, found.policy_version, found.code_version), full_refresh=True)
        tests = [] if data_tests else ["--exclude-resource-type", "test"]
        kinds = ["--indirect-selection", "buildable", "--exclude-resource-type", "unit_test", *tests]
        without = ["--exclude", *but.split()] if but else []
        self.dbt("build", "--full-refresh", "--no-write-json", "--select", *select.split(), *without, *kinds)
        return self

    def read(self, sql: str) -> pd.DataFrame:
        with self.connect(read_only=True) as connection:
            return connection.execute(sql).df()

    def digests(self) -> dict[str, str]:
        with self.connect(read_only=True) as connection:
            return schema_digests(connection, "int", "core", "marts")


def _forget_models(workspace: Workspace) -> None:
    """No model of the world before scores the next one; the store itself stays, since MLflow keeps it open."""
    if (workspace.kept / "mlflow.db").exists():
        store = ModelStore(workspace.mlflow_tracking_uri, workspace.mlflow_artifacts)
        client = import_mlflow().MlflowClient(workspace.mlflow_tracking_uri)
        for name in store.names():
            client.delete_registered_model(name)
