"""One company through a real Airflow: first run, a killed second run, a failed gate, a broken model, a backfill.

The tests follow one another in one clone, as a company's nights do.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import duckdb
import psutil
import pytest

from include.services.airflow_api import AirflowApi
from tests.chain.clone import Clone
from tests.load.rest_api import RestApi, serving

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(1500)]
COMPANY = "acme"
BEHIND_A_CONNECTION = """
source: vault
timezone: UTC
currency: EUR
connection: vault_crm
tables:
  orders:
    format: rest
    path: /orders
    records: data.items
    paging: {style: page, parameter: page, size_parameter: size, size: 2}
    key: id
    entities:
      customers: {group_by: by, columns: {customer_key: by}}
      orders:
        columns: {order_key: id, customer_key: by, ordered_at: "on", amount: {expression: "10"}}
"""
IMPOSSIBLE = """
table: marts.customer_tiers
key: [customer_id, as_of_date]
rules:
  - expect: expect_table_row_count_to_be_between
    min_value: 1000000000
    why: No company of this size has a billion rows, so this gate always closes.
"""


@pytest.fixture(scope="module")
def api(airflow: Clone) -> AirflowApi:
    home = airflow.home
    record = subprocess.run(
        [
            sys.executable,
            "-c",
            "from include.services.processes import *; print(running_service('airflow-api')['port'])",
        ],
        cwd=airflow.root,
        env=airflow.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return AirflowApi(int(record.stdout), home / "airflow" / "simple_auth_manager_passwords.json.generated")


@pytest.fixture(scope="module")
def first_run(airflow: Clone, company: str) -> str:
    """Digests of the first published version, as printed by `tierworks digest`."""
    airflow.tierworks("run", "--workspace", company)
    return airflow.digests(COMPANY)


def test_the_first_run_publishes_everything(airflow: Clone, first_run: str):
    status = airflow.status(COMPANY)
    totals = status["ledger"]["totals"]
    assert totals["rows_read"] == totals["rows_accepted"] > 3000
    assert totals["rows_quarantined"] == 0
    assert status["quality"]["failed_blocking"] == 0
    assert set(status["quality"]["layers"]) == {"raw", "facts", "scores", "marts"}
    assert status["last_run"]["state"] == "success"
    assert status["marts"]["dim_customer"] == 400
    with duckdb.connect(status["published_file"], read_only=True) as published:
        scored, named = published.execute(
            "select count(churn_probability), count(distinct model_version) from churn_scores where lead_days = 90"
        ).fetchone()
        tiers = published.execute(
            "select tier, count(*) from customer_tiers where as_of_date = (select as_of_date from published_version) "
            "group by 1 order by min(tier_level)"
        ).fetchall()
        masked = published.execute("select count(*) from dim_customer where email like '%example.org%'").fetchone()[0]
    assert scored > 50
    assert named == 1
    assert [tier for tier, _ in tiers] == ["diamond", "gold", "silver", "bronze"]
    assert masked == 0
    assert Path(status["result_page"]).read_text().count("<svg") == 4


def test_the_first_run_tells_what_each_step_read_and_wrote_and_took(airflow: Clone, first_run: str):
    written: dict[str, set[str]] = {}
    for line in airflow.lineage.read_text().splitlines():
        event = json.loads(line)
        assert all(one["namespace"] == f"tierworks://{COMPANY}" for one in event["inputs"] + event["outputs"])
        written.setdefault(event["job"]["name"], set()).update(one["name"] for one in event["outputs"])
    assert {"raw.orders", "raw.customers"} <= written["load.load_source"]
    assert {"core.fct_orders", "core.dim_customer"} <= written["build.build_core"]
    assert written["build.check_facts"] == {"asset.customer_facts"}
    assert "scores.churn_scores" in written["score.score_customers"]
    assert {"asset.scored_marts", "marts.customer_tiers"} <= written["score.build_marts"]
    assert {"asset.published_version", "published.customer_tiers"} <= written["publish.publish_version"]
    with duckdb.connect(airflow.status(COMPANY)["published_file"], read_only=True) as published:
        steps = published.execute(
            "select task_id, state, seconds > 0, peak_memory_mb > 50, build_id is not null from pipeline_runs"
        ).fetchall()
        read = published.execute("select sum(rows_read) from pipeline_runs").fetchone()[0]
        failed = published.execute("select count(*) from quality_results where is_current and not passed").fetchone()
        told = published.execute("select quality_failed_warning + quality_failed_blocking from published_version")
        assert failed == told.fetchone()
    assert {task: rest for task, *rest in steps}["build_core"] == ["success", True, True, True]
    assert {task for task, *_ in steps} >= {"load_source", "score_customers", "build_marts", "check_marts"}
    assert read == airflow.status(COMPANY)["ledger"]["totals"]["rows_read"]


def test_a_night_without_news_ends_green_after_loading(airflow: Clone, first_run: str, api: AirflowApi):
    before = {run["dag_run_id"] for run in api.runs("build")}
    run_id = api.trigger("load", {"workspace": COMPANY, "as_of_date": None, "full_refresh": False, "only_news": True})
    _wait_for(api, "load", run_id, "success")
    states = {task["task_id"]: task["state"] for task in api.task_instances("load", run_id)}
    assert states == {
        "list_sources": "success", "load_source": "success", "check_raw": "success", "announce_rows": "skipped"
    }  # fmt: skip
    assert {run["dag_run_id"] for run in api.runs("build")} == before


@pytest.mark.verify
def test_tasks_killed_in_a_second_run_and_cleared_end_in_the_same_tables(
    airflow: Clone, company: str, first_run: str, api: AirflowApi
):
    """Every DAG of the chain loses its writer twice, so that its retry is used up, and is then cleared by hand."""
    random.seed(20)
    # A reworded declaration lands every row again; an unchanged load would be over before it could be killed.
    for declaration in Path(company).rglob("*.yml"):
        declaration.write_text(declaration.read_text().replace("format: csv", "format: csv\n    description: Again."))
    moments = {
        "load": ("load", 0, 0),
        "build": ("build core", 0.5, 3),
        "score": ("score", 0.2, 1),
        "publish": ("publish", 0.2, 1),
    }
    seen = {dag_id: {run["dag_run_id"] for run in api.runs(dag_id)} for dag_id in moments}
    as_of = airflow.status(COMPANY)["as_of_date"]
    api.trigger("load", {"workspace": COMPANY, "as_of_date": as_of, "full_refresh": True})
    for dag_id, (purpose, earliest, latest) in moments.items():
        run_id = _wait_for_new(api, dag_id, seen[dag_id])
        first = _kill_writer(airflow, purpose, random.uniform(earliest, latest))
        assert first, f"{dag_id} was over before it could be killed"
        assert _kill_writer(airflow, purpose, random.uniform(earliest, latest), spare=first), (
            f"the retry of {dag_id} was over"
        )
        _wait_for(api, dag_id, run_id, "failed")
        api.clear(dag_id, run_id)
        _wait_for(api, dag_id, run_id, "success")
    assert _but_for_the_ledger(airflow.digests(COMPANY)) == _but_for_the_ledger(first_run)


@pytest.mark.verify
def test_a_failed_gate_leaves_the_published_version_and_its_readers_alone(
    airflow: Clone, company: str, first_run: str, api: AirflowApi
):
    before = airflow.status(COMPANY)["build_id"]
    reader = _Reader(airflow.home / COMPANY / "rebuildable" / "current" / "tierworks.duckdb")
    suite = Path(company) / "expectations" / "marts" / "never.yml"
    suite.parent.mkdir(parents=True)
    suite.write_text(IMPOSSIBLE)
    with reader:
        output = airflow.tierworks("run", "--workspace", company, expect=1)
    assert "customer_tiers" in output
    assert airflow.status(COMPANY)["build_id"] == before
    assert airflow.status(COMPANY)["last_run"]["state"] == "failed"
    assert _but_for_the_ledger(airflow.digests(COMPANY)) == _but_for_the_ledger(first_run)
    suite.unlink()
    failed = next(run for run in api.runs("publish") if run["state"] == "failed")
    with reader:
        api.clear("publish", failed["dag_run_id"])
        _wait_for(api, "publish", failed["dag_run_id"], "success")
    assert airflow.status(COMPANY)["build_id"] != before
    assert _but_for_the_ledger(airflow.digests(COMPANY)) == _but_for_the_ledger(first_run)
    assert reader.reads > 20
    assert reader.faults == []
    assert reader.builds == [before, airflow.status(COMPANY)["build_id"]]


@pytest.mark.verify
def test_a_broken_model_turns_the_run_red_and_a_cleared_task_green(airflow: Clone, first_run: str, api: AirflowApi):
    model = next((airflow.root / "dbt_project" / "models").rglob("rfm_scores.sql"))
    sound = model.read_text()
    model.write_text(sound + "\nwhere no_such_column = 1\n")
    as_of = airflow.status(COMPANY)["as_of_date"]
    run_id = api.trigger("score", {"workspace": COMPANY, "as_of_date": as_of})
    _wait_for(api, "score", run_id, "failed")
    attempt = next(task for task in api.task_instances("score", run_id) if task["task_id"] == "build_marts")[
        "try_number"
    ]
    assert any("rfm_scores" in line for line in api.task_log("score", run_id, "build_marts", attempt))
    assert _but_for_the_ledger(airflow.digests(COMPANY)) == _but_for_the_ledger(first_run)
    model.write_text(sound)
    seen = {run["dag_run_id"] for run in api.runs("publish")}
    api.clear("score", run_id)
    _wait_for(api, "score", run_id, "success")
    _wait_for(api, "publish", _wait_for_new(api, "publish", seen), "success")
    assert _but_for_the_ledger(airflow.digests(COMPANY)) == _but_for_the_ledger(first_run)


@pytest.mark.verify
def test_a_rollback_brings_the_former_version_back(airflow: Clone, first_run: str):
    newest = airflow.status(COMPANY)["build_id"]
    airflow.tierworks("rollback", "--workspace", COMPANY)
    assert airflow.status(COMPANY)["build_id"] != newest
    airflow.tierworks("rollback", "--workspace", COMPANY, "--to", newest)
    assert airflow.status(COMPANY)["build_id"] == newest


def test_a_broken_policy_is_refused_before_any_task_runs(airflow: Clone, company: str, first_run: str, api: AirflowApi):
    warehouse = airflow.home / COMPANY / "rebuildable" / "warehouse.duckdb"
    before = warehouse.read_bytes()
    policy = Path(company) / "policies" / "tiers.yml"
    policy.write_text("# Ours.\ngrace_periods: many\n")
    told = f"{policy}:2: grace_periods: "
    assert told in airflow.tierworks("run", "--workspace", company, expect=2)
    run_id = api.trigger("load", {"workspace": COMPANY, "as_of_date": None, "full_refresh": False})
    _wait_for(api, "load", run_id, "failed")
    tasks = {task["task_id"]: task for task in api.task_instances("load", run_id)}
    states = {name: task["state"] for name, task in tasks.items()}
    assert states == {"list_sources": "failed"} | dict.fromkeys(
        ("load_source", "check_raw", "announce_rows"), "upstream_failed"
    )
    assert tasks["list_sources"]["try_number"] == 1, "it would fail again: no retry"
    assert any(told in line for line in api.task_log("load", run_id, "list_sources", 1))
    assert warehouse.read_bytes() == before
    policy.unlink()


@pytest.mark.verify
def test_a_backfill_tells_a_past_date_and_readers_stay(airflow: Clone, company: str, first_run: str, api: AirflowApi):
    before = airflow.status(COMPANY)
    future = api.trigger("backfill", {"workspace": COMPANY, "step": "dates", "dates": ["2999-12-31"]})
    _wait_for(api, "backfill", future, "failed")
    states = {task["task_id"]: (task["state"], task["try_number"]) for task in api.task_instances("backfill", future)}
    assert states["plan_dates"] == ("failed", 1)
    assert {states[name][0] for name in ("tell_past_date", "return_to_latest")} == {"upstream_failed"}
    words = api.task_log("backfill", future, "plan_dates", 1)
    assert any("2999-12-31: in the future of acme" in line for line in words)

    output = airflow.tierworks("backfill", "--workspace", company, "--from", "2024-01-01", "--to", "2024-02-15")
    version = Path(output.splitlines()[-1].split()[-1])
    with duckdb.connect(str(version), read_only=True) as published:
        assert published.execute("select as_of_date::varchar from published_version").fetchone() == ("2024-01-31",)
    after = airflow.status(COMPANY)
    assert (after["build_id"], after["as_of_date"]) == (before["build_id"], before["as_of_date"])
    assert after["last_run"]["state"] == "success"
    with duckdb.connect(str(airflow.home / COMPANY / "rebuildable" / "warehouse.duckdb"), read_only=True) as warehouse:
        held = warehouse.execute("select as_of_date::varchar from ops.current_build").fetchone()
    assert held == (before["as_of_date"],)


def _but_for_the_ledger(digests: str) -> list[str]:
    """Every table's digest but that of the ledger, which tells of each load."""
    return [line for line in digests.splitlines() if "load_ledger" not in line]


def _kill_writer(clone: Clone, purpose: str, delay: float, spare: int = 0, patience: float = 240) -> int:
    """Kill -9 the process that holds the workspace for `purpose`, and its children, `delay` seconds into its work.

    Returns its id; 0 if it was over by then. `spare` is a process already killed, whose name the lock may still bear.
    """
    lock = clone.home / COMPANY / "kept" / "workspace.lock"
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        pid, _, found = lock.read_text().strip().partition(" ") if lock.exists() else ("0", "", "")
        if found == purpose and int(pid) != spare and _lives(int(pid)):
            time.sleep(delay)
            try:
                task = psutil.Process(int(pid))
                for process in [*task.children(recursive=True), task]:
                    os.kill(process.pid, signal.SIGKILL)
            except (psutil.NoSuchProcess, ProcessLookupError):
                return 0
            return int(pid)
        time.sleep(0.005)
    return 0


def _lives(pid: int) -> bool:
    """A killed process that its parent has not buried yet is dead."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_for(api: AirflowApi, dag_id: str, run_id: str, state: str, patience: float = 240) -> None:
    deadline = time.monotonic() + patience
    while (found := next(run["state"] for run in api.runs(dag_id) if run["dag_run_id"] == run_id)) != state:
        assert time.monotonic() < deadline, f"{dag_id} is {found}, not {state}"
        time.sleep(0.5)


def _wait_for_new(api: AirflowApi, dag_id: str, seen: set[str], patience: float = 180) -> str:
    """The id of the run that an asset, or the test, has just started."""
    deadline = time.monotonic() + patience
    while not (later := [run["dag_run_id"] for run in api.runs(dag_id) if run["dag_run_id"] not in seen]):
        assert time.monotonic() < deadline, f"no new run of {dag_id}"
        time.sleep(0.2)
    return later[0]


class _Reader:
    """Reads the published file over and over in a thread, as a BI tool would, and remembers what was not whole."""

    QUERY = """
        select published.build_id, published.build_id = all(select build_id from customer_tiers where is_current),
            (
                select count(*) from rfm_scores
                where as_of_date = published.as_of_date and build_id <> published.build_id
            )
        from published_version as published
    """

    def __init__(self, path: Path) -> None:
        self.path, self.reads, self.faults, self.builds = path, 0, [], []

    def __enter__(self) -> _Reader:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                with duckdb.connect(str(self.path.resolve()), read_only=True) as connection:
                    ((build, same, others),) = connection.execute(self.QUERY).fetchall()
                if not same or others:
                    self.faults.append(f"a mix at {build}")
                if build not in self.builds:
                    self.builds.append(build)
            except Exception as fault:
                self.faults.append(repr(fault))
            self.reads += 1
            time.sleep(0.05)


def test_a_source_behind_an_airflow_connection_is_loaded_and_its_token_is_in_no_log(
    airflow: Clone, tmp_path: Path, api: AirflowApi
):
    """The connection is in Airflow's database, where its page of connections puts it."""
    orders = [{"id": number, "by": number % 2, "on": "2024-03-01"} for number in range(5)]
    crm = RestApi("t0ken-of-the-vault", records={"/v2/orders": orders})
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "vault.yml").write_text(BEHIND_A_CONNECTION)
    register = "import sys; from include.workspace import resolve_workspace as find; find(sys.argv[1], None).register()"
    folder = str(tmp_path / "vault")
    subprocess.run([sys.executable, "-c", register, folder], cwd=airflow.root, env=airflow.environment, check=True)
    while not (api.has_dag("load") and api.has_dag("build")):
        time.sleep(0.5)
    api.call("PATCH", "/dags/build", {"is_paused": True})
    with serving(crm):
        host = {"conn_type": "http", "host": "http://127.0.0.1/v2", "port": crm.port, "password": crm.token}
        api.call("POST", "/connections", {"connection_id": "vault_crm", **host})
        run_id = api.trigger("load", {"workspace": "vault", "as_of_date": "2024-03-31"})
        _wait_for(api, "load", run_id, "success")
    with duckdb.connect(str(airflow.home / "vault" / "rebuildable" / "warehouse.duckdb"), read_only=True) as warehouse:
        loaded = warehouse.execute("select count(*), count(distinct customer_key) from raw.orders").fetchone()
    assert loaded == (5, 2)
    log = "\n".join(api.task_log("load", run_id, "load_source", 1, map_index=0))
    assert "vault/orders" in log and crm.token not in log
    assert not any(crm.token in path.read_text() for path in (airflow.home / "airflow" / "logs").rglob("*.log"))


def test_what_people_look_at_is_served_and_stopped(airflow: Clone, first_run: str):
    airflow.tierworks("up", "--workspace", COMPANY)
    urls = airflow.status(COMPANY)["services"]
    places = {"Airflow", "MLflow", "Dashboard", "Result", "dbt docs", "Dictionary", "Data Docs"}
    assert set(urls) == {"Start here", *places}
    front = urllib.request.urlopen(urls["Start here"].split()[0], timeout=30).read().decode()
    assert all(f'href="{urls[place].split()[0]}"' in front for place in places)
    telemetry = f"{urls['MLflow'].split()[0]}/ajax-api/3.0/mlflow/ui-telemetry"
    assert json.loads(urllib.request.urlopen(telemetry, timeout=30).read())["disable_ui_telemetry"] is True
    for name, url in urls.items():
        page = urllib.request.urlopen(url.split()[0], timeout=30).read().decode()
        assert "<html" in page.lower(), name
    pages = urls["Result"].removesuffix("/rebuildable/result.html")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{pages}/rebuildable/warehouse.duckdb", timeout=30)
    airflow.tierworks("down")
    left = [process.info["cmdline"] for process in psutil.process_iter(["cmdline"]) if _belongs(process, airflow)]
    assert left == []


def _belongs(process: psutil.Process, clone: Clone) -> bool:
    return any(str(clone.root) in argument for argument in process.info["cmdline"] or [])
