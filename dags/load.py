"""# Load
Brings new and changed rows of every declared source into the working warehouse.

**Runs** every night for each workspace (see `nightly`), or by hand: choose the workspace and, to look at the past,
an as-of date. **Writes** `raw`, the row ledger and the quarantine; nothing that readers see.
**Afterwards** `build`, `score` and `publish` follow by themselves for the same workspace and date.
**When it fails** read the last lines of the red task: they name the source, table, column and row, and what to do.
Then clear it: a load can be run again at any point and changes nothing twice.
"""

from airflow.sdk import DAG, PartitionedAtRuntime

from include.orchestration.defaults import AS_OF_PARAMS, DEFAULTS
from include.orchestration.tasks import announce_rows, check_raw, load_sources

with DAG(
    "load",
    schedule=PartitionedAtRuntime(),
    params=AS_OF_PARAMS,
    default_args=DEFAULTS,
    max_active_runs=1,
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["chain", "raw"],
):
    load_sources() >> check_raw() >> announce_rows()
