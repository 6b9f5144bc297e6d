"""Reads a source declaration and says, with file and line, everything that is wrong with it."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import zoneinfo
from collections.abc import Collection, Sequence
from pathlib import Path

from include.contract.positioned_yaml import Located, YamlInvalid, did_you_mean, read_positioned
from include.contract.reader import REQUIRED_ENTITIES, Entity, read_contract
from include.load.declared import EntityMapping, Source, Table
from include.load.declared_fields import NAME, read_flag, read_name, read_one_of, read_texts
from include.load.entity_declaration import EntityReader
from include.load.errors import DeclarationInvalid
from include.load.format_options import FILE_OPTIONS, FormatReader
from include.load.problems import Problems
from include.load.reading_options import DATABASE_OPTIONS, REST_OPTIONS, ReadingReader
from include.simulator.simulation import FIRST, LAST, Simulation

RULES_VERSION = 3  # raise it when the rules of typing or keys change: everything is landed again
_SOURCE_KEYS = {"source", "description", "timezone", "business_timezone", "currency", "null_values", "tables"} | {
    "package",
    "folder",
    "connection",
    "generate",
    "auth",
}
_OPTIONS = {kind: {"files"} | options for kind, options in FILE_OPTIONS.items()} | {
    "postgres": DATABASE_OPTIONS,
    "sql": DATABASE_OPTIONS,
    "rest": REST_OPTIONS,
}
_PLACE = {"postgres": "relation", "sql": "relation", "rest": "path"}  # the key that says where; files otherwise
_TABLE_KEYS = {"description", "format", "key", "optional", "entities", "null_values", "deletes"}
# … on the rows once they are stored
_WITHOUT_EFFECT = {"description", "overlap", "optional", "requests_per_second", "timeout_seconds"}


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
        name = read_name(self.problems, fields["source"], "source")
        timezone = self._timezone(fields["timezone"], "timezone")
        business = self._timezone(fields.get("business_timezone", fields["timezone"]), "business_timezone")
        currency = fields["currency"].text if "currency" in fields else None
        if currency is not None and not re.fullmatch(r"[A-Z]{3}", currency):
            self.problems.add(fields["currency"].line, f"currency {currency} is not an ISO 4217 code such as USD.")
        null_values = read_texts(self.problems, fields.get("null_values"), "null_values")
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
        texts = {key: fields[key].text for key in ("package", "connection", "auth") if key in fields}
        folder = fields["folder"].text if "folder" in fields else "."
        generate = self._generate(fields.get("generate"))
        read_tables = tuple(table for table in read if table)
        source = Source(name, self.path, read_tables, folder=folder, generate=generate, **texts)
        self._check_connection(source, fields)
        return source

    def _generate(self, item: Located | None) -> Simulation | None:
        fields = item and self.problems.mapping(item, "generate", {"customers", "seed", "from", "to"}, {"customers"})
        if not fields:
            return None
        try:
            days = {"from": FIRST, "to": LAST} | {
                key: datetime.date.fromisoformat(fields[key].text) for key in ("from", "to") if key in fields
            }
            seed = int(fields["seed"].text) if "seed" in fields else 7
            return Simulation(int(fields["customers"].text), seed, days["from"], days["to"])
        except ValueError as error:
            self.problems.add(item.line, f"generate: {error}")
            return None

    def _check_connection(self, source: Source, fields: dict[str, Located]) -> None:
        kinds = sorted({table.format for table in source.tables if table.relation is not None})
        if len(kinds) > 1:
            line = fields["tables"].line
            self.problems.add(line, f"tables: {' and '.join(kinds)} take connections of their own: make two sources.")
        if source.connection is not None:
            read_name(self.problems, fields["connection"], "connection")
            return
        line = fields["source"].line
        for table in source.tables:
            if table.relation is not None:
                self.problems.add(
                    line, f"tables.{table.name}: the format {table.format} needs a `connection` of the source."
                )

    def _table(self, name: str, item: Located, null_values: tuple[str, ...]) -> Table | None:
        here = f"tables.{name}"
        if not NAME.fullmatch(name):
            self.problems.add(item.line, f"{here}: a name is lower-case letters, digits and single _.")
        kind = item.value["format"].text if isinstance(item.value, dict) and "format" in item.value else None
        options = _OPTIONS.get(kind, set().union(*_OPTIONS.values()))
        place = _PLACE.get(kind, "files")
        fields = self.problems.mapping(item, here, _TABLE_KEYS | options, {"format", "entities"})
        if fields is None or read_one_of(self.problems, fields["format"], f"{here}.format", _OPTIONS) is None:
            return None
        if place not in fields:
            self.problems.add(item.line, f"{here}: {place} is missing.")
            return None
        key = read_texts(self.problems, fields.get("key"), f"{here}.key")
        own_nulls = fields.get("null_values")
        table_nulls = read_texts(self.problems, own_nulls, here) if own_nulls else null_values
        has_texts = kind in ("csv", "jsonl", "rest")
        reader = EntityReader(self.contract, self.problems, here, key, self.common["currency"], has_texts)
        bodies = self.problems.mapping(fields["entities"], f"{here}.entities", None, set()) or {}
        entities = tuple(read for entity, body in bodies.items() if (read := reader.read(entity, body)) is not None)
        reading = ReadingReader(self.problems, here, key)
        where = {"relation": reading.read_database, "path": reading.read_rest}.get(place)
        return Table(
            **self.common,
            name=name,
            line=item.line,
            format=kind,
            key=key,
            entities=entities,
            null_values=table_nulls,
            digest=self._digest(item, table_nulls, entities),
            optional=read_flag(self.problems, fields.get("optional"), f"{here}.optional", False),
            deletes=reading.read_deletes(fields.get("deletes"), from_files=place == "files"),
            **(where(fields) if where else FormatReader(self.problems, here).read(fields, kind)),
        )

    def _digest(self, item: Located, null_values: tuple[str, ...], entities: tuple[EntityMapping, ...]) -> str:
        body = {key: value for key, value in item.plain().items() if key not in _WITHOUT_EFFECT}
        common = {key: str(value) for key, value in self.common.items() if key != "path"}
        digests = [self.contract[mapping.entity.name].digest for mapping in entities]
        rules = [RULES_VERSION, body, null_values, common]
        if body["format"] == "parquet" and "/" in str(body["files"]):
            rules.append("folders are text")  # they had types once
        facts = json.dumps([rules, digests])
        return hashlib.md5(facts.encode()).hexdigest()

    def _timezone(self, item: Located, here: str) -> str:
        if item.text not in _zones():
            self.problems.add(item.line, f"{here}: unknown time zone {item.text}.{did_you_mean_zone(item.text)}")
        return item.text


def _zones() -> Collection[str]:
    return zoneinfo.available_timezones()


def did_you_mean_zone(zone: str) -> str:
    near = did_you_mean(zone, {known.lower() for known in _zones()})
    original = {known.lower(): known for known in _zones()}
    return f" Did you mean {original[near[14:-1]]}?" if near else " Use a name such as Europe/London."
