"""What a policy says is read by somebody: a column of its tables that nothing reads promises what nothing does."""

from __future__ import annotations

import re
from functools import cache

import pytest

from include.policies.tables import _COLUMNS
from include.workspace import PROJECT_ROOT


@cache
def _code() -> dict[str, set[str]]:
    """The words of every file that may read a policy table."""
    files = [path for path in (PROJECT_ROOT / "dbt_project").rglob("*.sql") if "target" not in path.parts]
    for room in ("include", "ml"):
        files += (path for path in (PROJECT_ROOT / room).rglob("*.py") if path.parent.name != "policies")
    return {str(path): set(re.findall(r"\w+", path.read_text(encoding="utf-8"))) for path in files}


@pytest.mark.parametrize("table", _COLUMNS)
def test_every_column_of_a_policy_table_is_read(table):
    readers = [words for words in _code().values() if table in words]
    assert readers, f"nobody reads policy.{table}"
    known = set().union(*_code().values())
    columns = {one.strip().split(" ")[0] for one in re.sub(r"\([^)]*\)", "", _COLUMNS[table]).split(",")}
    # `operator_1`, `operator_2` are read as `operator_{{ number }}`.
    assert sorted(one for one in columns if not {one, one.rstrip("0123456789")} & known) == []
