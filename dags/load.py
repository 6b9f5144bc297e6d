"""# Load
Brings new and changed rows of every declared source into the working warehouse.

**Runs** every night for each workspace (see `nightly`), or by hand: choose the workspace and, to look at the past,
an as-of date. Each source is a task of its own, one at a time. **Writes** `raw`, the row ledger and the quarantine;
nothing that readers see.

**Afterwards** `build`, `score` and `publish` follow by themselves for the same workspace and date. A nightly run that
finds nothing new since the published version (rows, policies, stewards' decisions, code) skips `announce_rows` and is
done; a run by hand always goes on. `full_refresh` reads every source anew.

**When it fails** the log of the red task names the source, table, column and row, and what to do, just above the list
of files at its end. Then clear it: a load can be run again at any point and changes nothing twice.
"""

from airflow.sdk import DAG, PartitionedAtRuntime

from include.orchestration.defaults import AS_OF_PARAMS, DEFAULTS, NEWS_PARAMS
from include.orchestration.notices import deadline_of
from include.orchestration.tasks import announce_rows, check_raw, list_sources, load_source

with DAG(
    "load",
    deadline=deadline_of("load"),
    schedule=PartitionedAtRuntime(),
    params=AS_OF_PARAMS | NEWS_PARAMS,
    default_args=DEFAULTS,
    max_active_runs=1,
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["chain", "raw"],
):
    load_source.expand(source=list_sources()) >> check_raw() >> announce_rows()
