"""`tierworks status`: what is published, loaded, checked and modelled."""

from __future__ import annotations

import argparse
import json

from include.reporting.status import workspace_status
from include.workspace import resolve_workspace


def status(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace)
    found = workspace_status(workspace)
    if options.json:
        print(json.dumps(found, indent=2, default=str, ensure_ascii=False))
        return 0
    unpublished = f"nothing published yet: make run WORKSPACE={options.workspace}"
    print(f"{found['workspace']}: {'as of ' + str(found['as_of_date']) if found['build_id'] else unpublished}")
    if found["build_id"]:
        print(f"  published  {workspace.published_file}  (build {found['build_id']})")
        rows = sum(found["marts"].values())
        print(f"  tables     {len(found['marts'])} with {rows:,} rows (--json tells each)")
    if found["ledger"]:
        ledger = found["ledger"]["totals"]
        print("  ledger     " + ", ".join(f"{fate.removeprefix('rows_')} {rows:,}" for fate, rows in ledger.items()))
        if waiting := found["ledger"]["open"]:
            print(f"  quarantine {waiting:,} rows wait for a fix: tierworks quarantine --workspace {options.workspace}")
    if found["quality"]:
        quality = found["quality"]
        print(
            f"  quality    {quality['passed']} passed, {quality['failed_blocking']} blocking and "
            f"{quality['failed_warning']} warning failures"
        )
        if found["data_docs"]:
            print(f"  data docs  {found['data_docs']}")
    if found["last_run"]:
        run = found["last_run"]
        print(f"  last run   {run['state']} ({run['dag_id']}.{run['task_id']})")
    for name, url in found["services"].items():
        print(f"  {name:<10} {url}")
    return 0
