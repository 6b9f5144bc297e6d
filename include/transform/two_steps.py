"""Two dbt commands in one process, and a step of ours between them: to start dbt twice would take seconds a night.

`python -m include.transform.two_steps` reads JSON from its one argument: `first` and `second` (arguments of dbt),
`between` (`module:function`, called with the workspace) and `workspace` (its name).
"""

from __future__ import annotations

import gc
import json
import sys
from importlib import import_module

from include.workspace import Workspace


def main(told: str) -> int:
    """0, or the code with which dbt failed; what fails in between is raised."""
    # The process ends with its command: collecting garbage would take an eighth of its time and free nothing of note.
    gc.disable()
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    asked = json.loads(told)
    parsed = dbtRunner().invoke(["parse", "--quiet", "--no-write-json"])
    if not parsed.success:
        return _told(parsed)
    runner = dbtRunner(manifest=parsed.result)
    found = runner.invoke(asked["first"])
    DuckDBConnectionManager.close_all_connections()
    if not found.success:
        return _told(found)
    module, function = asked["between"].split(":")
    getattr(import_module(module), function)(Workspace(asked["workspace"], ()))
    found = runner.invoke(asked["second"])
    return 0 if found.success else _told(found)


def _told(found) -> int:
    if found.exception is not None:
        print(found.exception)
        return 2
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
