"""What every DAG has in common: owner, retries, limits, the writer pool, priorities, notices, typed parameters."""

from datetime import timedelta

from airflow.sdk import Param, PartitionedAssetTimetable

from include.orchestration.assets import PUBLISHED_VERSION
from include.orchestration.notices import tell_failure
from include.workspace import DEFAULT_WORKSPACE, registered_workspaces

WRITER_POOL = "warehouse_writer"

DEFAULTS = {
    "owner": "data-engineering",
    "pool": WRITER_POOL,
    "retries": 1,
    "retry_delay": timedelta(seconds=5),
    "execution_timeout": timedelta(hours=2),
    "on_failure_callback": tell_failure,
    # A task waiting for a pool's slot goes before one of less weight, whatever stands after it in its DAG.
    "weight_rule": "absolute",
    "priority_weight": 10,
}
# What readers do not wait for lets a night's chain go first: a slot is free again after each task.
BEHIND = {"priority_weight": 5}
LAST = {"priority_weight": 1}


def _workspace_param(registered: list[str]) -> Param:
    """The form begins with a company that is there, and suggests the others; the DAGs are read anew when one comes."""
    return Param(
        DEFAULT_WORKSPACE if DEFAULT_WORKSPACE in registered or not registered else registered[0],
        type="string",
        pattern="^[a-z][a-z0-9_]*$",
        description="The registered workspace (company) to run for.",
        examples=registered or [DEFAULT_WORKSPACE],
    )


AS_OF_PARAMS = {
    "workspace": _workspace_param(registered_workspaces()),
    "as_of_date": Param(
        None,
        type=["null", "string"],
        format="date",
        description="Tell what was known at the end of this local day; the logical date has no say. Not before the "
        "first order, nor in the future. Empty: the last plausible order date.",
        examples=["2024-06-30"],
    ),
    "full_refresh": Param(
        False,
        type="boolean",
        description="Read every source and build every table anew, incremental ones too.",
        examples=[False],
    ),
}

# What begins with every version that readers have been shown; it reads that and waits for no writer.
AFTER_PUBLISH = {
    "schedule": PartitionedAssetTimetable(assets=PUBLISHED_VERSION),
    "params": AS_OF_PARAMS,
    "default_args": {**DEFAULTS, "owner": "retention", "pool": "default_pool"},
    "catchup": False,
    "is_paused_upon_creation": False,
}

BACKFILL_PARAMS = {
    "workspace": AS_OF_PARAMS["workspace"],
    "step": Param(
        "month-ends",
        type="string",
        enum=["month-ends", "weekly", "dates"],
        examples=["weekly"],
        description="Every month-end, or every seventh day, from the first date to the last; or the listed dates.",
    ),
    "first_date": Param(
        None,
        type=["null", "string"],
        format="date",
        description="From this date on, the first order's or later; weeks are counted from it.",
        examples=["2024-01-31"],
    ),
    "last_date": Param(
        None,
        type=["null", "string"],
        format="date",
        description="Up to this date, which may not be in the future.",
        examples=["2024-06-30"],
    ),
    "dates": Param(
        [],
        type="array",
        items={"type": "string", "format": "date"},
        description="With step dates: each date (YYYY-MM-DD), one a line. Else leave it empty.",
        examples=[["2023-12-24", "2024-02-10"]],
    ),
    "publish": Param(
        True,
        type="boolean",
        description="Keep a version of each date, by name. Readers stay where they are.",
        examples=[True],
    ),
    "score": Param(
        True,
        type="boolean",
        description="Score each date, training a model where none was trained by then.",
        examples=[True],
    ),
}

MAINTAIN_PARAMS = {
    "workspace": AS_OF_PARAMS["workspace"],
    "dry_run": Param(
        False, type="boolean", description="Only say in the log what would go; nothing is removed.", examples=[True]
    ),
}

NEWS_PARAMS = {
    "only_news": Param(
        False,
        type="boolean",
        description="End after loading when nothing is new since the published version, as every night.",
        examples=[False],
    ),
}
