"""Macros that say one thing in two ways: both engines answer alike, and rightly, where they are known to differ."""

from __future__ import annotations

import json

import pytest

from include.transform.dbt import run_dbt

pytestmark = pytest.mark.spark

# Expression in the project's Jinja → what it is, as text.
CASES = {
    "add_months(\"date '2024-01-31'\", 1)": "2024-02-29",
    "add_months(\"date '2024-02-29'\", 12)": "2025-02-28",
    "add_months(\"date '2024-03-31'\", -1)": "2024-02-29",
    "add_months('cast(null as date)', 1)": None,
    "add_days(\"date '2024-02-28'\", 2)": "2024-03-01",
    "days_between(\"date '2024-01-31'\", \"date '2024-03-01'\")": "30",
    "days_between(\"date '2024-03-01'\", \"date '2024-01-31'\")": "-30",
    "month_end(\"date '2023-02-01'\")": "2023-02-28",
    "month_start(\"date '2024-02-29'\")": "2024-02-01",
    "month_no(\"date '2024-12-31'\")": "24300",
    "weekday(\"date '2024-06-30'\")": "7",
    "weekday(\"date '2024-07-01'\")": "1",
    "window_start(\"date '2024-02-29'\", 1)": "2024-02-01",
    "window_start(\"date '2024-03-15'\", 12)": "2023-03-16",
    "rounded('cast(4.0000015 as double)', 6)": "4.000001",
    "rounded('cast(-2.5 as double)', 0)": "-3.0",
    "rounded('cast(0.125 as double)', 2)": "0.13",
    "ratio('2', '3')": "0.666667",
    "ratio('cast(1.0 as decimal(18, 4))', '8')": "0.125",
    "ratio('1', '0')": None,
    "ratio('1', 'cast(null as bigint)')": None,
    "money('cast(0.00005 as double)')": "0.0001",
    "money('cast(-0.00005 as decimal(18, 5))')": "-0.0001",
    "converted('cast(12345678901.2345 as decimal(18, 4))', 'cast(0.0512345678 as decimal(18, 10))')": "632525522.7023",
    "converted('cast(-0.0001 as decimal(18, 4))', 'cast(0.5 as decimal(18, 10))')": "-0.0001",
    "converted('cast(7 as decimal(18, 4))', 'cast(null as decimal(18, 10))')": None,
    "entity_id('cast(null as string)', \"'shop'\")": None,
    "fits(\"'ann@x.org'\", '^[^@ ]+@[^@ ]+[.][^@ .]+$')": "true",
    "fits(\"'ann'\", '^[^@ ]+@[^@ ]+[.][^@ .]+$')": "false",
}


def _question() -> str:
    parts = (
        f"select {number} as number, cast({{{{ {case} }}}} as string) as told" for number, case in enumerate(CASES)
    )
    return " union all ".join(parts)


def _show() -> list[str]:
    return ["show", "--quiet", "--inline", _question(), "--output", "json", "--limit", str(len(CASES))]


def _answers(printed: str) -> dict[str, str | None]:
    rows = json.loads(printed[printed.index("{") :])["show"]
    names = list(CASES)
    return {names[row["number"]]: None if row["told"] is None else str(row["told"]) for row in rows}


def test_duckdb_answers_rightly(company):
    lines: list[str] = []
    run_dbt(company.workspace, _show(), progress=lines.append)
    assert _answers("\n".join(lines)) == CASES


def test_spark_answers_rightly(dbt_on_spark):
    assert _answers(dbt_on_spark(*_show())) == CASES
