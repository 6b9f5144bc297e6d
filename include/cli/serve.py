"""`tierworks up` and `down`: start and stop what people look at."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import urllib.request
from pathlib import Path

from include.dictionary.pages import dictionary_path
from include.reporting.front_page import write_front_page
from include.services.airflow import airflow_environment, password_file, running_airflow, start_airflow
from include.services.airflow_use import keep_airflow
from include.services.dashboard import start_dashboard
from include.services.processes import (
    running_service,
    running_services,
    start_listening,
    stop_services,
    wait_until,
)
from include.transform.dbt import DbtFailed
from include.transform.documentation import dbt_docs_page, page_path
from include.workspace import resolve_workspace, state_root
from include.workspace_lock import WorkspaceBusy
from ml.tracking.settings import NOTHING_TOLD


def up(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace, options.data)
    workspace.register()
    keep_airflow()
    airflow = start_airflow()
    urls = {"Airflow": f"{airflow.url}  (user admin, password in {password_file()})"}
    urls["MLflow"] = f"{_start_mlflow(workspace)}  (choose Model training at the upper left: it opens on other pages)"
    urls["Dashboard"] = start_dashboard(workspace)
    pages = {
        "Result": workspace.rebuildable / "result.html",
        "dbt docs": _dbt_docs(workspace),
        "Dictionary": dictionary_path(workspace),
        "Data Docs": workspace.quality / "index.html",
    }
    server = _start_page_server(workspace, {page for page in pages.values() if page})
    for label, page in pages.items():
        made = page is not None and page.exists()
        path = f"{server}/{page.parent.name}/{page.name}" if made else ""
        urls[label] = path or f"not made yet: `make run WORKSPACE={options.workspace}` first"
    write_front_page(workspace, urls, workspace.rebuildable / "pages" / "index.html")
    urls = {"Start here": f"{server}/  (all of these, and whom each is for)", **urls}
    (state_root() / "urls.json").write_text(json.dumps({"workspace": workspace.name, "urls": urls}, indent=2))
    for label, url in urls.items():
        print(f"  {label:<10} {url}")
    print("`make down` stops them.")
    return 0


def down(options: argparse.Namespace) -> int:
    names = list(running_services())
    stop_services(names)
    keep_airflow()
    (state_root() / "urls.json").unlink(missing_ok=True)
    print(f"Stopped {', '.join(names)}" if names else "Nothing was running")
    return 0


def _dbt_docs(workspace) -> Path | None:
    """The dbt docs; whatever hinders them must not keep Airflow from being looked at."""
    try:
        return dbt_docs_page(workspace)
    except (DbtFailed, WorkspaceBusy) as problem:
        print(f"tierworks: no new dbt docs: {problem}", file=sys.stderr)
        return page_path(workspace)


def _start_mlflow(workspace) -> str:
    name = f"mlflow-{workspace.name}"
    record = running_service(name)

    def server(port: int) -> tuple[list[str], dict[str, str]]:
        arguments = ["server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        arguments += ["--backend-store-uri", workspace.mlflow_tracking_uri]
        arguments += ["--default-artifact-root", str(workspace.mlflow_artifacts)]
        # Its job runners, seven processes for judges of language models, have nothing to do here; nor has whoever
        # would be told how its pages are used.
        idle = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"} | NOTHING_TOLD
        return [sys.executable, "-m", "mlflow", *arguments], airflow_environment(running_airflow().port) | idle

    preferred = int(os.environ.get("TIERWORKS_MLFLOW_PORT", "5000"))
    port = record["port"] if record else start_listening(name, preferred, server)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: _answers(f"{url}/health"), 120, "MLflow", name)
    return url


def _start_page_server(workspace, pages: set[Path]) -> str:
    """Serve the pages' folders, and nothing else of the workspace: the warehouse lies beside them."""
    shown = workspace.rebuildable / "pages"
    shutil.rmtree(shown, ignore_errors=True)
    for page in pages:
        target = shown / page.parent.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if page.parent in (workspace.quality, dictionary_path(workspace).parent):
            target.symlink_to(page.parent)
        else:
            target.mkdir()
            (target / page.name).symlink_to(page)
    name = f"pages-{workspace.name}"
    record = running_service(name)

    def server(port: int) -> tuple[list[str], dict[str, str]]:
        arguments = ["-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(shown)]
        return [sys.executable, *arguments], dict(os.environ)

    preferred = int(os.environ.get("TIERWORKS_PAGES_PORT", "8090"))
    port = record["port"] if record else start_listening(name, preferred, server)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: _answers(url), 30, "The page server", name)
    return url


def _answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(url, timeout=5).status < 500
    except OSError:
        return False
