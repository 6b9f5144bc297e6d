"""`tierworks run`: the whole chain through Airflow, with live progress and a short result."""

from __future__ import annotations

import argparse
import sys

from include.cli.result import print_result
from include.pipeline.inputs import InputsInvalid, check_inputs
from include.reporting.airflow_share import airflow_share
from include.services.airflow import running_airflow
from include.services.airflow_api import AirflowApiError
from include.services.airflow_use import airflow_in_use
from include.services.chain import ChainFailed, follow_chain, start_chain
from include.workspace import resolve_workspace


def run(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace, options.data)
    try:
        check_inputs(workspace)
    except InputsInvalid as faults:
        print(f"tierworks: {faults}\ntierworks: nothing was run.", file=sys.stderr)
        return 2
    workspace.register()
    conf = {
        "workspace": workspace.name,
        "as_of_date": options.as_of.isoformat() if options.as_of else None,
        "full_refresh": options.full_refresh,
    }
    try:
        with airflow_in_use() as api:
            chain = start_chain(api, conf)
            print(f"Running {workspace.name}: load, build, score, publish", flush=True)
            follow_chain(api, chain, workspace.name, options.timeout, lambda line: print(line, flush=True))
            print_result(workspace, airflow_share(workspace, chain))
    except (ChainFailed, AirflowApiError, TimeoutError) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return goes_on_without_us()
    return 0


def goes_on_without_us() -> int:
    """Say that a command which was interrupted has left its run to an Airflow that others use or `up` keeps.

    Raises
    ------
    KeyboardInterrupt: Airflow went with the command, and so did the run.
    """
    api = running_airflow()
    if api is None:
        raise KeyboardInterrupt
    print(f"\ntierworks: no longer watched. Airflow goes on with the run: {api.url}", file=sys.stderr)
    return 130
