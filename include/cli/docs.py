"""`tierworks docs`: the dbt docs as one page and the data dictionary, without starting anything."""

from __future__ import annotations

import argparse
import sys

from include.dictionary.pages import dictionary_path
from include.transform.dbt import DbtFailed
from include.transform.documentation import dbt_docs_page
from include.workspace import resolve_workspace
from include.workspace_lock import WorkspaceBusy


def docs(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace)
    try:
        page = dbt_docs_page(workspace)
    except (DbtFailed, WorkspaceBusy) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1
    if page is None:
        run = f"make run WORKSPACE={options.workspace}"
        print(f"tierworks: {workspace.name} was not built yet, so there is nothing to show: {run}", file=sys.stderr)
        return 1
    print(f"dbt docs         {page}")
    print(f"data dictionary  {dictionary_path(workspace)}")
    print("Both open in a browser, without a network.")
    return 0
