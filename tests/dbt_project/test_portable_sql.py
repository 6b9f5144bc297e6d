"""The models say nothing that only DuckDB understands, or that Spark understands differently.

What differs goes through a macro of `macros/dialect`, which says it for both. `make test-spark` proves it on a cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.dbt_project.warehouse_by_hand import PROJECT


@dataclass(frozen=True)
class Rule:
    """A pattern that no model may hold, what to write instead, and a text that breaks the rule."""

    pattern: str
    instead: str
    broken: str


RULES = (
    # Spark refuses these.
    Rule(r"\bunnest\s*\(", "each_of()", "cross join unnest(lines)"),
    Rule(r"\bgenerate_series\s*\(", "date_series()", "select generate_series(1, 3)"),
    Rule(r"\b(?:list|array)_(?!of\b)\w+\s*\(", "a table of its own", "list_contains(codes, 'a')"),
    Rule(r"\bstruct_pack\s*\(|:=", "record()", "struct_pack(code := 1)"),
    Rule(r"\*\s*(?:exclude|replace)\b", "the columns by name", "select * exclude (code)"),
    Rule(r"\barg_(?:max|min)\s*\(", "max_by() or min_by()", "arg_max(code, day)"),
    Rule(r"\bstr[fp]time\s*\(", "extract() or try_cast()", "strftime(day, '%Y')"),
    Rule(r"->>?", "a column of the contract", "payload ->> 'code'"),
    Rule(r"::", "cast()", "code::integer"),
    Rule(r"\bsha\d+\s*\(", "md5()", "sha256(email)"),
    Rule(r"\basof\b", "a window", "asof join prices"),
    Rule(r"\bvarchar\b", "string", "cast(code as varchar)"),
    Rule(r"\b(?:hugeint|ubigint|uinteger)\b", "bigint or decimal", "cast(rows as hugeint)"),
    Rule(r"\bepoch\w*\s*\(|\bto_(?:days|months|years|seconds)\s*\(", "days_between()", "epoch(ended_at)"),
    Rule(r"\bunion\s+(?:all\s+)?by\s+name\b", "the columns in one order", "union all by name"),
    Rule(r"\b(?:columns|regexp_\w+|strlen|len|strpos|printf|format|string_agg|group_concat)\s*\(",
         "fits(), length(), position() or listagg()", "regexp_matches(email, 'a')"),
    # Spark takes these and gives something else.
    Rule(r"\bdate_?(?:diff|add|sub|part)\s*\(|\bmonths_between\s*\(|\binterval\b",
         "days_between(), add_days() or add_months()", "date_diff('month', a, b)"),
    Rule(r"\b(?:add_months|last_day|isodow|dayofweek|weekday|dayname)\s*\((?![^{}]*}})",
         "add_months(), month_end() or weekday() as macros", "last_day(day)"),
    Rule(r"\bextract\s*\(\s*(?:dow|isodow|dayofweek|week|epoch)\b",
         "weekday() or days_between()", "extract(dow from day)"),
    Rule(r"(?<!cast\()\bdate_trunc\s*\(", "cast(date_trunc(…) as date)", "select date_trunc('month', day)"),
    Rule(r"\bconcat\s*\(", "||, which is null when a part is", "concat(a, b)"),
    Rule(r"(?<!\w)hash\s*\(", "md5()", "hash(email)"),
    Rule(r"\blog(?:10|2)?\s*\(", "ln()", "log(amount)"),
    Rule(r"(?<!\w)round\s*\(", "ratio(), rounded() or money()", "round(share, 2)"),
    Rule(r"\bavg\s*\((?!\s*cast\()", "avg(cast(… as double)), rounded", "avg(amount)"),
    Rule(r"\bmedian\s*\((?!\s*cast\()", "median(cast(… as double)), rounded", "median(amount)"),
    Rule(r"\b(?:quantile(?:_cont|_disc)?|percentile(?:_cont|_disc)?|mode|approx_\w+)\s*\(",
         "a macro of macros/dialect on a double", "quantile_cont(amount, 0.9)"),
    Rule(r"\b(?:any_value|arbitrary|first|last|random|uuid)\s*\(", "min() or max()", "any_value(region)"),
    Rule(r"\b(?:now|today)\s*\(|\bcurrent_(?:date|timestamp|time)\b", "current_build('as_of_date')", "now()"),
    Rule(r"\bdistinct\s+\w+\s*,[^()]*\)", "two steps", "count(distinct a, b)"),
)  # fmt: skip
IN_SQL_ALONE = (
    Rule(r'"', "a name that needs no quotes, or adapter.quote()", 'select "column"'),
    Rule(r"\[", "list_of()", "select [1, 2]"),
)


def texts() -> Iterator[tuple[Path, str]]:
    """Models, macros that are not the dialect's own, and the conditions of tests."""
    for path in sorted((PROJECT / "models").rglob("*.sql")):
        yield path, path.read_text(encoding="utf-8")
    for path in sorted((PROJECT / "macros").rglob("*.sql")):
        if "dialect" not in path.parts:
            yield path, path.read_text(encoding="utf-8")
    for path in sorted((PROJECT / "models").rglob("*.yml")):
        yield path, "\n".join(_conditions(yaml.safe_load(path.read_text(encoding="utf-8"))))


def _conditions(node) -> Iterator[str]:
    """Expressions of `always` tests, wherever they stand."""
    if isinstance(node, dict):
        if isinstance(rules := (node.get("arguments") or {}).get("rules"), dict):
            yield from map(str, rules.values())
        for value in node.values():
            yield from _conditions(value)
    elif isinstance(node, list):
        for value in node:
            yield from _conditions(value)


def faults(text: str) -> list[str]:
    """`line: what stands there; what to write instead` for everything that is not portable."""
    text = _blank(r"\{#.*?#\}|--[^\n]*", text)
    sql = _blank(r"\"\{[^\"\n]*\"", text)  # Jinja within Jinja: the hook of a model
    sql = _blank(r"\{\{.*?\}\}|\{%.*?%\}|'[^'\n]*'", sql)
    return [
        f"{where.count(chr(10), 0, found.start()) + 1}: {found[0].strip()!r}: write {rule.instead}"
        for rules, where in ((RULES, text), (IN_SQL_ALONE, sql))
        for rule in rules
        for found in re.finditer(rule.pattern, where, re.IGNORECASE)
    ]


def _blank(pattern: str, text: str) -> str:
    """The text without what fits, its lines kept."""
    return re.sub(pattern, lambda found: "\n" * found[0].count("\n") or " ", text, flags=re.DOTALL)


def test_models_are_portable():
    told = [f"{path.relative_to(PROJECT)}:{fault}" for path, text in texts() for fault in faults(text)]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("rule", (*RULES, *IN_SQL_ALONE), ids=lambda rule: rule.broken)
def test_what_is_not_portable_is_found(rule):
    assert any(rule.instead in fault for fault in faults(f"select 1\n    {rule.broken}"))
