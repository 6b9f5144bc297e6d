"""# Publish
Audits scores and marts, and swaps the new version in for readers: all of it or nothing.

**Runs** when `score` has built the marts, or by hand. **Writes** a new folder of read-only files under the
workspace's `versions/`, then moves the `current` link to it, and writes `result.html` and the management report
(`report.en.html`, `report.zh.html`) about it. Personal data is masked.

**When it fails** the published version is as it was. The red task's log lists each blocking expectation with its
table and row count; Data Docs have the rest. Mend the cause, then clear the task. `tierworks rollback` brings the
former version back.
"""

from airflow.sdk import DAG, PartitionedAssetTimetable

from include.orchestration.assets import SCORED_MARTS
from include.orchestration.defaults import AS_OF_PARAMS, DEFAULTS
from include.orchestration.notices import deadline_of
from include.orchestration.tasks import check_marts, publish_version

with DAG(
    "publish",
    deadline=deadline_of("publish"),
    schedule=PartitionedAssetTimetable(assets=SCORED_MARTS),
    params=AS_OF_PARAMS,
    default_args={**DEFAULTS, "owner": "stewards"},
    max_active_runs=1,
    catchup=False,
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["chain", "publish"],
):
    check_marts() >> publish_version()
