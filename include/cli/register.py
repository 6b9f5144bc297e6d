"""`tierworks register`: make a workspace known to an Airflow that is not this command's own, such as Compose's."""

from __future__ import annotations

import argparse
import sys

from include.pipeline.inputs import InputsInvalid, check_inputs
from include.workspace import resolve_workspace


def register(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace, options.data)
    try:
        check_inputs(workspace)
    except InputsInvalid as faults:
        print(f"tierworks: {faults}\ntierworks: {workspace.name} was not registered.", file=sys.stderr)
        return 2
    workspace.register()
    if workspace.mlflow_tracking_uri.startswith("postgresql"):
        from include.services.mlflow_store import prepare_store

        prepare_store(workspace.mlflow_tracking_uri, schema=workspace.name)
    print(f"Registered {workspace.name}: runs can be started for it in Airflow.")
    return 0
