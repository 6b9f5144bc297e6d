"""Reads suites: one YAML file per table says what must hold of it, how badly, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from include.contract.positioned_yaml import Located, YamlInvalid, did_you_mean, read_positioned
from include.workspace import PROJECT_ROOT

SUITES = Path(__file__).parent / "suites"
AUDITED_LAYERS = ("raw", "facts", "scores", "marts")
SEVERITIES = ("blocking", "warning")
ROWS_QUERY = "unexpected_rows"

_BOUNDS = frozenset({"min_value", "max_value", "strict_min", "strict_max"})
# Needed and allowed arguments of every expectation that is known to hold on DuckDB: each is tested both ways.
ARGUMENTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "expect_table_row_count_to_be_between": (frozenset(), frozenset({"min_value", "max_value"})),
    "expect_column_values_to_not_be_null": (frozenset({"column"}), frozenset({"mostly"})),
    "expect_column_values_to_be_null": (frozenset({"column"}), frozenset({"mostly"})),
    "expect_column_values_to_be_unique": (frozenset({"column"}), frozenset({"mostly"})),
    "expect_compound_columns_to_be_unique": (frozenset({"column_list"}), frozenset({"mostly"})),
    "expect_column_values_to_be_between": (frozenset({"column"}), _BOUNDS | {"mostly"}),
    "expect_column_values_to_be_in_set": (frozenset({"column", "value_set"}), frozenset({"mostly"})),
    "expect_column_mean_to_be_between": (frozenset({"column"}), _BOUNDS),
    "expect_column_sum_to_be_between": (frozenset({"column"}), _BOUNDS),
    ROWS_QUERY: (frozenset({"name", "query"}), frozenset()),
}
_OWN_KEYS = ("expect", "severity", "why")


class SuiteInvalid(ValueError):
    """Suites that cannot be used; the message lists every fault as `file:line: what is wrong`."""


@dataclass(frozen=True)
class Rule:
    """One expectation of a table. `arguments` are those of the expectation; `place` is `file:line`."""

    expectation: str
    arguments: dict[str, Any]
    severity: str
    why: str
    place: str

    @property
    def title(self) -> str:
        """The expectation's name, or the rule's own when it is a query."""
        return self.arguments["name"] if self.expectation == ROWS_QUERY else self.expectation

    @property
    def columns(self) -> tuple[str, ...]:
        given = self.arguments.get("column_list") or [self.arguments.get("column")]
        return tuple(column for column in given if column)


@dataclass(frozen=True)
class Suite:
    """What must hold of `schema_name.table_name`; `key` names the columns that may be shown of a failing row."""

    schema_name: str
    table_name: str
    key: tuple[str, ...]
    rules: tuple[Rule, ...]
    place: str

    @property
    def table(self) -> str:
        return f"{self.schema_name}.{self.table_name}"


def read_suites(layer: str, further: Path | None = None) -> list[Suite]:
    """The suites of a layer in table order: the shipped ones, and a workspace's own under `further/<layer>/`.

    Rules of a workspace for a table that has a shipped suite are added to it.

    Raises
    ------
    SuiteInvalid: listing every fault of every file.
    """
    if layer not in AUDITED_LAYERS:
        raise SuiteInvalid(
            f"unknown layer {layer}.{did_you_mean(layer, AUDITED_LAYERS)} Use {', '.join(AUDITED_LAYERS)}."
        )
    faults: list[str] = []
    suites: dict[str, Suite] = {}
    for folder in filter(None, (SUITES, further)):
        for path in sorted((folder / layer).glob("*.yml")):
            suite = _read(path, faults)
            if suite is None:
                continue
            shipped = suites.setdefault(suite.table, suite)
            if shipped.key != suite.key:
                faults.append(f"{suite.place}: key must be that of {shipped.place}: [{', '.join(shipped.key)}].")
            if shipped is not suite:
                suites[suite.table] = replace(shipped, rules=shipped.rules + suite.rules)
    if further is not None:
        faults += [
            f"{path}: {path.name} is no layer ({', '.join(AUDITED_LAYERS)}).{did_you_mean(path.name, AUDITED_LAYERS)}"
            for path in sorted(further.iterdir())
            if path.name not in AUDITED_LAYERS
        ]
    faults += [fault for suite in suites.values() for fault in _repeated(suite)]
    if faults:
        raise SuiteInvalid("\n".join(faults))
    return [suites[table] for table in sorted(suites)]


def _read(path: Path, faults: list[str]) -> Suite | None:
    shown = path.relative_to(PROJECT_ROOT) if path.is_relative_to(PROJECT_ROOT) else path
    before = len(faults)
    try:
        content = read_positioned(path)
    except YamlInvalid as error:
        faults.append(str(error))
        return None
    fields = content.value if isinstance(content.value, dict) else {}
    for name, field in fields.items():
        if name not in ("table", "key", "rules"):
            faults.append(f"{shown}:{field.line}: unknown property {name}. A suite has table, key and rules.")
    for needed in ("table", "key", "rules"):
        if needed not in fields:
            faults.append(f"{shown}:{content.line}: {needed} is missing.")
    if len(faults) > before:
        return None
    schema, _, table = str(fields["table"].value).partition(".")
    if not table:
        faults.append(f"{shown}:{fields['table'].line}: table must be schema.table, such as marts.customer_tiers.")
    key, items = fields["key"].plain(), fields["rules"].value
    if not isinstance(key, list) or not key:
        faults.append(f"{shown}:{fields['key'].line}: key must be a list of columns that name a row.")
    if not isinstance(items, list) or not items:
        faults.append(f"{shown}:{fields['rules'].line}: rules must be a list of at least one rule.")
        return None
    rules = [_rule(item, f"{shown}:{item.line}", faults) for item in items]
    if len(faults) > before:
        return None
    return Suite(schema, table, tuple(key), tuple(rule for rule in rules if rule), f"{shown}:{fields['table'].line}")


def _repeated(suite: Suite) -> list[str]:
    first: dict[str, Rule] = {}
    return [
        f"{rule.place}: {rule.title} says the same as the rule at {known.place}. Keep one of them."
        for rule in suite.rules
        if (known := first.setdefault(f"{rule.expectation} {rule.arguments}", rule)) is not rule
    ]


def _rule(item: Located, place: str, faults: list[str]) -> Rule | None:
    facts = item.plain()
    if not isinstance(facts, dict) or not isinstance(facts.get("expect"), str):
        faults.append(f"{place}: a rule needs expect: the name of an expectation.")
        return None
    name = facts["expect"]
    if name not in ARGUMENTS:
        faults.append(f"{place}: unknown expectation {name}.{did_you_mean(name, ARGUMENTS)}")
        return None
    needed, allowed = ARGUMENTS[name]
    arguments = {key: value for key, value in facts.items() if key not in _OWN_KEYS}
    found = [f"{name} needs {missing}." for missing in sorted(needed - arguments.keys())]
    found += [
        f"{name} has no argument {extra}.{did_you_mean(extra, needed | allowed)}"
        for extra in sorted(arguments.keys() - needed - allowed)
    ]
    if not facts.get("why"):
        found.append("why is missing: say in a sentence what goes wrong when the rule fails.")
    severity = facts.get("severity", "blocking")
    if severity not in SEVERITIES:
        found.append(f"severity {severity} is neither blocking nor warning.{did_you_mean(str(severity), SEVERITIES)}")
    if name == ROWS_QUERY and "{batch}" not in str(arguments.get("query", "{batch}")):
        found.append("the query must read {batch}, which stands for the suite's table.")
    faults += [f"{place}: {words}" for words in found]
    return None if found else Rule(name, arguments, severity, str(facts["why"]), place)
