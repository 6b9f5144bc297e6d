"""Reads how a table is read from a database or a REST API: what, since when, and how deletes are told."""

from __future__ import annotations

import re

from include.contract.positioned_yaml import Located
from include.load.declared import Cursor, Deletes, Paging
from include.load.declared_fields import read_count, read_list_key, read_one_of, read_texts
from include.load.problems import Problems

DATABASE_OPTIONS = {"relation", "cursor", "overlap"}
_REST_NUMBERS = ("requests_per_second", "timeout_seconds")
REST_OPTIONS = {"path", "parameters", "records", "each", "paging", "cursor", "overlap", *_REST_NUMBERS}
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_OVERLAP = re.compile(r"(\d+) (second|minute|hour|day|week)s?")
_STYLES = {
    "none": set(),
    "page": {"parameter", "size_parameter", "size", "first"},
    "offset": {"parameter", "size_parameter", "size"},
    "cursor": {"parameter", "next", "size_parameter", "size"},
    "next_url": {"next", "size_parameter", "size"},
    "link_header": {"size_parameter", "size"},
}
_NEEDED = {"cursor": {"parameter", "next"}, "next_url": {"next"}}


class ReadingReader:
    """Reads these options of one table and adds what is wrong to `problems`."""

    def __init__(self, problems: Problems, here: str, key: tuple[str, ...]):
        self.problems, self.here, self.key = problems, here, key

    def read_database(self, fields: dict[str, Located]) -> dict:
        """Keyword arguments of `Table`."""
        relation = fields["relation"]
        if not relation.text or len(relation.text.split(".")) > 2 or not all(relation.text.split(".")):
            self._add(relation.line, ".relation: give a table or view as schema.name.")
        return {"relation": relation.text, "cursor": self._cursor(fields, {"column"})}

    def read_rest(self, fields: dict[str, Located]) -> dict:
        """Keyword arguments of `Table`."""
        path, cursor = fields["path"], self._cursor(fields, {"column", "parameter"})
        if not path.text.startswith("/") or "?" in path.text:
            self._add(path.line, ".path: give a path such as /api/orders; `parameters` go apart.")
        if cursor and not cursor.parameter:
            line = fields["cursor"].line
            self._add(line, ".cursor: say {column, parameter}: the API is asked for later rows by this parameter.")
        given = fields.get("parameters")
        parameters = given and self.problems.mapping(given, f"{self.here}.parameters", None, set())
        return {
            "relation": path.text,
            "cursor": cursor,
            "parameters": tuple((name, item.text) for name, item in (parameters or {}).items()),
            "records": fields["records"].text if "records" in fields else "",
            "each": read_list_key(self.problems, fields.get("each"), f"{self.here}.each"),
            "paging": self._paging(fields.get("paging")),
            **{option: self._above_nothing(fields, option) for option in _REST_NUMBERS},
        }

    def _above_nothing(self, fields: dict[str, Located], option: str) -> float | None:
        item = fields.get(option)
        if item is None:
            return None
        if isinstance(item.value, bool) or not isinstance(item.value, int | float) or item.value <= 0:
            self._add(item.line, f".{option}: give a number above 0.")
            return None
        return float(item.value)

    def read_deletes(self, item: Located | None, from_files: bool) -> Deletes | None:
        """How the source tells of rows that are gone; None when it does not."""
        here = f"{self.here}.deletes"
        fields = item and self.problems.mapping(item, here, {"tombstone", "reconcile"}, set())
        if not fields:
            return None
        if not self.key:
            self.problems.add(item.line, f"{here}: a delete is known by the row's key. Declare `key`.")
        column, values = None, ()
        if "tombstone" in fields:
            there = f"{here}.tombstone"
            stone = self.problems.mapping(fields["tombstone"], there, {"column", "values"}, {"column"}) or {}
            column = stone["column"].text if stone else None
            values = read_texts(self.problems, stone.get("values"), f"{there}.values")
        reconcile = None
        if "reconcile" in fields:
            reconcile = read_one_of(self.problems, fields["reconcile"], f"{here}.reconcile", ("daily", "always"))
            if from_files:
                line = fields["reconcile"].line
                self.problems.add(line, f"{here}.reconcile: files have no list of keys to ask for; use a tombstone.")
        return Deletes(column, values, reconcile)

    def _add(self, line: int, message: str) -> None:
        self.problems.add(line, f"{self.here}{message}")

    def _cursor(self, fields: dict[str, Located], known: set[str]) -> Cursor | None:
        item, overlap = fields.get("cursor"), fields.get("overlap")
        if item is None:
            if overlap:
                self._add(overlap.line, ".overlap: goes with a cursor, and none is declared.")
            return None
        if not self.key:
            self._add(item.line, ".cursor: rows that come again are known by their key. Declare `key`.")
        given = {"column": item} if not isinstance(item.value, dict) else None
        given = given or self.problems.mapping(item, f"{self.here}.cursor", known, {"column"})
        if given is None:
            return None
        parameter = given["parameter"].text if "parameter" in given else None
        return Cursor(given["column"].text, self._overlap(overlap), parameter)

    def _overlap(self, item: Located | None) -> int | str | None:
        if item is None:
            return None
        if isinstance(item.value, int) and not isinstance(item.value, bool) and item.value >= 0:
            return item.value
        found = _OVERLAP.fullmatch(item.text)
        if not found:
            self._add(item.line, f".overlap: {item.text} is no time such as 3 days or 2 hours, nor a whole number.")
            return None
        return f"{int(found[1]) * _SECONDS[found[2]]} seconds"

    def _paging(self, item: Located | None) -> Paging:
        here = f"{self.here}.paging"
        if item is None:
            return Paging("none")
        known = {"style"}.union(*_STYLES.values())
        fields = self.problems.mapping(item, here, known, {"style"})
        style = fields and read_one_of(self.problems, fields["style"], f"{here}.style", _STYLES)
        if not style:
            return Paging("none")
        for key in sorted(fields.keys() - _STYLES[style] - {"style"}):
            self.problems.add(fields[key].line, f"{here}.{key}: the style {style} has no {key}.")
        for key in sorted(_NEEDED.get(style, set()) - fields.keys()):
            self.problems.add(item.line, f"{here}: {key} is missing.")
        texts = {key: fields[key].text for key in ("parameter", "size_parameter", "next") if key in fields}
        size = read_count(self.problems, fields.get("size"), f"{here}.size", 0, 1) or None
        if "size_parameter" in fields and size is None:
            self.problems.add(item.line, f"{here}: size is missing: how many records a page is asked for.")
        return Paging(style, **texts, size=size, first=read_count(self.problems, fields.get("first"), here, 1, 0))
