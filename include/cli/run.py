"""`tierworks run`: the whole chain through Airflow, with live progress and a short result."""

from __future__ import annotations

import argparse
import sys

from include.cli.result import print_result
from include.reporting.airflow_share import airflow_share
from include.services.airflow import running_airflow, start_airflow, stop_airflow
from include.services.airflow_api import AirflowApiError
from include.services.chain import ChainFailed, follow_chain, start_chain
from include.workspace import resolve_workspace


def run(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace, options.data)
    faults = _check_inputs(workspace)
    if faults:
        print(f"tierworks: {faults}\ntierworks: nothing was run.", file=sys.stderr)
        return 2
    workspace.register()
    was_running = running_airflow() is not None
    conf = {
        "workspace": workspace.name,
        "as_of_date": options.as_of.isoformat() if options.as_of else None,
        "full_refresh": options.full_refresh,
    }
    try:
        api = start_airflow()
        chain = start_chain(api, conf)
        print(f"Running {workspace.name}: load, build, score, publish", flush=True)
        follow_chain(api, chain, workspace.name, options.timeout, lambda line: print(line, flush=True))
        print_result(workspace, airflow_share(workspace, chain))
    except (ChainFailed, AirflowApiError, TimeoutError) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1
    finally:
        if not was_running:
            stop_airflow()
    return 0


def _check_inputs(workspace) -> str | None:
    """The faults of declarations and policies in words, before anything runs."""
    from include.load.declaration import read_declarations
    from include.load.errors import DeclarationInvalid
    from include.policies.reader import PolicyError, read_policies

    faults = []
    try:
        read_declarations(workspace.declarations)
    except DeclarationInvalid as problem:
        faults.append(str(problem))
    try:
        read_policies(workspace)
    except PolicyError as problem:
        faults.append(str(problem))
    return "\n".join(faults) or None
