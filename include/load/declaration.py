"""Reads a source declaration and says, with file and line, everything that is wrong with it."""

from __future__ import annotations

import codecs
import hashlib
import json
import re
import zoneinfo
from collections.abc import Collection, Sequence
from pathlib import Path

from include.contract.positioned_yaml import Located, YamlInvalid, did_you_mean, read_positioned
from include.contract.reader import REQUIRED_ENTITIES, Entity, read_contract
from include.load.declared import FixedColumn, Source, Table
from include.load.entity_declaration import EntityReader
from include.load.errors import DeclarationInvalid
from include.load.problems import Problems

RULES_VERSION = 1  # raise it when the rules of typing or keys change: everything is landed again
_SOURCE_KEYS = {"source", "description", "timezone", "business_timezone", "currency", "null_values", "tables"} | {
    "package",
    "folder",
}
_FORMAT_OPTIONS = {
    "csv": {"delimiter", "quote", "encoding", "header", "columns"},
    "fixed_width": {"encoding", "columns"},
    "jsonl": {"encoding"},
    "parquet": set(),
}
_TABLE_KEYS = {"description", "files", "format", "key", "optional", "entities", "null_values"}
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def read_declarations(paths: Sequence[Path], contract: dict[str, Entity] | None = None) -> list[Source]:
    """The sources of a workspace, in the order given.

    Raises
    ------
    DeclarationInvalid: every problem of every file; also two sources of one name, or customers or orders that no
        source maps (customers may come from the tables of orders).
    """
    contract = contract or read_contract()
    sources, problems = [], []
    for path in paths:
        try:
            sources.append(read_declaration(path, contract))
        except DeclarationInvalid as error:
            problems.extend(error.problems)
    names = [source.name for source in sources]
    problems.extend(f"{s.path}:1: source {s.name} is declared twice." for s in sources if names.count(s.name) > 1)
    mapped = {mapping.entity.name for source in sources for table in source.tables for mapping in table.entities}
    if not problems:
        where = ", ".join(str(path) for path in paths)
        problems = [
            f"{where}: no source maps the entity {needed}: a workspace needs {' and '.join(REQUIRED_ENTITIES)}."
            for needed in REQUIRED_ENTITIES
            if needed not in mapped
        ]
    if problems:
        raise DeclarationInvalid(problems)
    return sources


def read_declaration(path: Path, contract: dict[str, Entity] | None = None) -> Source:
    """One declaration.

    Raises
    ------
    DeclarationInvalid: all of its problems as `file:line: where: what`.
    """
    contract = contract or read_contract()
    problems = Problems(path)
    try:
        content = read_positioned(path)
    except YamlInvalid as error:
        raise DeclarationInvalid([str(error)]) from None
    source = _SourceReader(path, contract, problems).read(content)
    if problems.found:
        raise DeclarationInvalid(problems.found)
    return source


class _SourceReader:
    def __init__(self, path: Path, contract: dict[str, Entity], problems: Problems):
        self.path, self.contract, self.problems = path, contract, problems

    def read(self, content: Located) -> Source | None:
        fields = self.problems.mapping(content, "the declaration", _SOURCE_KEYS, {"source", "timezone", "tables"})
        if fields is None:
            return None
        name = self._name(fields["source"], "source")
        timezone = self._timezone(fields["timezone"], "timezone")
        business = self._timezone(fields.get("business_timezone", fields["timezone"]), "business_timezone")
        currency = fields["currency"].text if "currency" in fields else None
        if currency is not None and not re.fullmatch(r"[A-Z]{3}", currency):
            self.problems.add(fields["currency"].line, f"currency {currency} is not an ISO 4217 code such as USD.")
        null_values = self._texts(fields.get("null_values"), "null_values")
        self.common = {
            "source": name,
            "path": self.path,
            "timezone": timezone,
            "business_timezone": business,
            "currency": currency,
        }
        tables = self.problems.mapping(fields["tables"], "tables", None, set()) or {}
        read = [self._table(key, item, null_values) for key, item in tables.items()]
        if not tables:
            self.problems.add(fields["tables"].line, "tables: declare at least one.")
        package = fields["package"].text if "package" in fields else None
        folder = fields["folder"].text if "folder" in fields else "."
        return Source(name, self.path, tuple(table for table in read if table), package, folder)

    def _table(self, name: str, item: Located, null_values: tuple[str, ...]) -> Table | None:
        here = f"tables.{name}"
        if not _NAME.fullmatch(name):
            self.problems.add(item.line, f"{here}: a name is lower-case letters, digits and single _.")
        kind = item.value["format"].text if isinstance(item.value, dict) and "format" in item.value else None
        options = _FORMAT_OPTIONS.get(kind, {option for known in _FORMAT_OPTIONS.values() for option in known})
        fields = self.problems.mapping(item, here, _TABLE_KEYS | options, {"files", "format", "entities"})
        if fields is None:
            return None
        if kind not in _FORMAT_OPTIONS:
            meant = did_you_mean(str(kind), _FORMAT_OPTIONS)
            self.problems.add(
                fields["format"].line, f"{here}.format: {kind} is none of {', '.join(_FORMAT_OPTIONS)}.{meant}"
            )
            return None
        key = self._texts(fields.get("key"), f"{here}.key")
        table_nulls = self._texts(fields["null_values"], here) if "null_values" in fields else null_values
        reader = EntityReader(self.contract, self.problems, here, key, self.common["currency"])
        entities = tuple(
            mapping
            for entity, body in (
                self.problems.mapping(fields["entities"], f"{here}.entities", None, set()) or {}
            ).items()
            if (mapping := reader.read(entity, body)) is not None
        )
        digests = [self.contract[mapping.entity.name].digest for mapping in entities]
        facts = [RULES_VERSION, item.plain(), table_nulls, {k: str(v) for k, v in self.common.items() if k != "path"}]
        return Table(
            **self.common,
            name=name,
            line=item.line,
            files=self._files(fields["files"], here),
            format=kind,
            key=key,
            entities=entities,
            null_values=table_nulls,
            digest=hashlib.md5(json.dumps([facts, digests]).encode()).hexdigest(),
            optional=self._flag(fields.get("optional"), f"{here}.optional", False),
            **self._format_options(fields, here, kind),
        )

    def _format_options(self, fields: dict[str, Located], here: str, kind: str) -> dict:
        options: dict = {}
        if "encoding" in fields:
            options["encoding"] = fields["encoding"].text
            try:
                codecs.lookup(fields["encoding"].text)
            except LookupError:
                self.problems.add(fields["encoding"].line, f"{here}.encoding: {fields['encoding'].text} is unknown.")
        for mark in ("delimiter", "quote"):
            if mark in fields:
                options[mark] = "\t" if fields[mark].text == "\\t" else fields[mark].text
                if len(options[mark]) != 1 or options[mark] in "\r\n":
                    self.problems.add(fields[mark].line, f"{here}.{mark}: give one character (a tab is \\t).")
        if options.get("delimiter", ",") == options.get("quote", '"'):
            self.problems.add(fields["delimiter"].line, f"{here}: delimiter and quote are the same character.")
        if kind == "fixed_width":
            options["fixed_columns"] = self._fixed_columns(fields.get("columns"), here, fields["format"].line)
        if kind == "csv":
            options["header"] = self._flag(fields.get("header"), f"{here}.header", True)
            options["column_names"] = self._texts(fields.get("columns"), f"{here}.columns")
            if options["header"] == bool(options["column_names"]):
                self.problems.add(
                    fields.get("columns", fields["format"]).line,
                    f"{here}.columns: name the columns when header is false, and only then.",
                )
        return options

    def _fixed_columns(self, item: Located | None, here: str, line: int) -> tuple[FixedColumn, ...]:
        columns = []
        for place in item.value if item and isinstance(item.value, list) else []:
            known = {"name", "start", "width"}
            fields = self.problems.mapping(place, f"{here}.columns", known, known)
            if fields is None:
                continue
            start, width = fields["start"].value, fields["width"].value
            if not all(isinstance(number, int) and number >= 1 for number in (start, width)):
                self.problems.add(place.line, f"{here}.columns: start and width are whole numbers from 1.")
                continue
            columns.append(FixedColumn(fields["name"].text, start, width))
        if not columns:
            self.problems.add(line, f"{here}.columns: fixed_width needs columns as a list of {{name, start, width}}.")
        return tuple(columns)

    def _files(self, item: Located, here: str) -> tuple[str, ...]:
        files = self._texts(item, f"{here}.files")
        for pattern in files:
            if pattern.startswith("/") or ".." in Path(pattern).parts:
                self.problems.add(item.line, f"{here}.files: {pattern} leaves the landing folder; give a path inside.")
        if not files:
            self.problems.add(item.line, f"{here}.files: give a file name or a pattern such as orders_*.csv.")
        return files

    def _name(self, item: Located, here: str) -> str:
        if not _NAME.fullmatch(item.text):
            self.problems.add(item.line, f"{here}: {item.text} must be lower-case letters, digits and single _.")
        return item.text

    def _timezone(self, item: Located, here: str) -> str:
        if item.text not in _zones():
            self.problems.add(item.line, f"{here}: unknown time zone {item.text}.{did_you_mean_zone(item.text)}")
        return item.text

    def _texts(self, item: Located | None, here: str) -> tuple[str, ...]:
        if item is None or item.value is None:
            return ()
        items = item.value if isinstance(item.value, list) else [item]
        if item.text == "none" and here.endswith(".key"):
            return ()
        if any(isinstance(one.value, dict | list) for one in items):
            self.problems.add(item.line, f"{here}: give text or a list of texts.")
            return ()
        return tuple(one.text for one in items)

    def _flag(self, item: Located | None, here: str, default: bool) -> bool:
        if item is None:
            return default
        if not isinstance(item.value, bool):
            self.problems.add(item.line, f"{here}: give true or false.")
        return bool(item.value)


def _zones() -> Collection[str]:
    return zoneinfo.available_timezones()


def did_you_mean_zone(zone: str) -> str:
    near = did_you_mean(zone, {known.lower() for known in _zones()})
    original = {known.lower(): known for known in _zones()}
    return f" Did you mean {original[near[14:-1]]}?" if near else " Use a name such as Europe/London."
