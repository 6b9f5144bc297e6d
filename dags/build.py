"""# Build
Finds which records are one person, then turns accepted raw rows into customers, products, orders and point-in-time
metrics for one as-of date.

**Runs** when `load` has announced rows, or by hand for any date. **Writes** the working warehouse, never the
published one. **Afterwards** `score` follows for the same workspace and date.

**When it fails** the log names the model or test. Mend it and clear the red task: every task can run again, and
rebuilds whatever it stands on. The published marts stay as they were.
"""

from airflow.sdk import DAG, PartitionedAssetTimetable

from include.orchestration.assets import RAW_ROWS
from include.orchestration.defaults import AS_OF_PARAMS, DEFAULTS
from include.orchestration.notices import deadline_of
from include.orchestration.tasks import build_core, check_facts, identify_customers

with DAG(
    "build",
    deadline=deadline_of("build"),
    schedule=PartitionedAssetTimetable(assets=RAW_ROWS),
    params=AS_OF_PARAMS,
    default_args=DEFAULTS,
    max_active_runs=1,
    catchup=False,
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["chain", "core"],
):
    identify_customers() >> build_core() >> check_facts()
