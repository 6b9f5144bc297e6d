"""What a policy says is read by somebody: a column of its tables that nothing reads promises what nothing does."""

from __future__ import annotations

import re
from functools import cache

import pytest

from include.policies.tables import _COLUMNS
from include.workspace import PROJECT_ROOT

# Tables whose rows are read whole by whoever names them, and where their columns are read then.
_HANDED_ON = {
    "action_conditions": ("dbt_project/macros/policy_conditions.sql",),
    "campaign_settings": ("dbt_project/macros/campaign_band.sql",),
    "data_health_distinct": ("dbt_project/macros/health/",),
    "data_health_rules": ("dbt_project/macros/health/",),
    "segment_settings": ("ml/segments/",),
    "value_index_weights": ("dbt_project/models/intermediate/value/", "dbt_project/models/marts/value/value_index"),
    "voice_settings": ("ml/voice/", "dbt_project/models/marts/voice/"),
}


@cache
def _code() -> dict[str, set[str]]:
    """The words of every file that may read a policy table, by its path in the project."""
    files = [path for path in (PROJECT_ROOT / "dbt_project").rglob("*.sql") if "target" not in path.parts]
    for room in ("include", "ml"):
        files += (path for path in (PROJECT_ROOT / room).rglob("*.py") if path.parent.name != "policies")
    return {
        path.relative_to(PROJECT_ROOT).as_posix(): set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
        for path in files
    }


def _unread(table: str, handed_on: tuple[str, ...] = ()) -> list[str]:
    """Columns of a table that are named neither where it is nor where its rows are `handed_on` to."""
    readers = [words for words in _code().values() if table in words]
    assert readers, f"nobody reads policy.{table}"
    readers += [words for path, words in _code().items() if path.startswith(handed_on)]
    known = set().union(*readers)
    columns = {one.strip().split(" ")[0] for one in re.sub(r"\([^)]*\)", "", _COLUMNS[table]).split(",")}
    # `operator_1`, `operator_2` are read as `operator_{{ number }}`.
    return sorted(one for one in columns if not {one, one.rstrip("0123456789")} & known)


@pytest.mark.parametrize("table", _COLUMNS)
def test_every_column_of_a_policy_table_is_read(table):
    assert _unread(table, _HANDED_ON.get(table, ())) == []


def test_rows_are_looked_for_elsewhere_only_where_they_are_handed_on():
    assert {table for table in _COLUMNS if _unread(table)} == set(_HANDED_ON)
