"""Reads how the files of a table are written: patterns, encoding, delimiters, fixed columns."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from include.contract.positioned_yaml import Located
from include.load.declared import FixedColumn
from include.load.declared_fields import read_flag, read_list_key, read_texts
from include.load.problems import Problems
from include.load.sql_text import literal

FILE_OPTIONS = {
    "csv": {"delimiter", "quote", "encoding", "header", "columns", "skip_lines"},
    "fixed_width": {"encoding", "columns", "skip_lines"},
    "jsonl": {"encoding", "each"},
    "parquet": set(),
}


def _is_expression(text: str) -> bool:
    """Whether both the engine and Python, which rewrites files, can search by it."""
    try:
        re.compile(text)
        duckdb.execute(f"select regexp_matches('', {literal(text)})")
    except (re.error, duckdb.Error):
        return False
    return bool(text)


class FormatReader:
    """Reads the file options of one table and adds what is wrong to `problems`."""

    def __init__(self, problems: Problems, here: str):
        self.problems, self.here = problems, here

    def read(self, fields: dict[str, Located], kind: str) -> dict:
        """Keyword arguments of `Table`."""
        options: dict = {"files": self._files(fields["files"])}
        if "encoding" in fields:
            options["encoding"] = fields["encoding"].text
            try:
                codecs.lookup(fields["encoding"].text)
            except LookupError:
                self._add(fields["encoding"].line, f".encoding: {fields['encoding'].text} is unknown.")
        for mark in ("delimiter", "quote"):
            if mark in fields:
                options[mark] = "\t" if fields[mark].text == "\\t" else fields[mark].text
                if len(options[mark]) != 1 or options[mark] in "\r\n":
                    self._add(fields[mark].line, f".{mark}: give one character (a tab is \\t).")
        if options.get("delimiter", ",") == options.get("quote", '"'):
            self._add(fields["delimiter"].line, ": delimiter and quote are the same character.")
        options["each"] = read_list_key(self.problems, fields.get("each"), f"{self.here}.each")
        options |= self._skipped(fields.get("skip_lines"))
        if kind == "fixed_width":
            options["fixed_columns"] = self._fixed_columns(fields.get("columns"), fields["format"].line)
        if kind == "csv":
            options["header"] = read_flag(self.problems, fields.get("header"), f"{self.here}.header", True)
            options["column_names"] = read_texts(self.problems, fields.get("columns"), f"{self.here}.columns")
            self._told_once(options["column_names"], fields.get("columns"))
            if options["header"] == bool(options["column_names"]):
                line = fields.get("columns", fields["format"]).line
                self._add(line, ".columns: name the columns when header is false, and only then.")
        return options

    def _told_once(self, names: Sequence[str], item: Located | None) -> None:
        lowered = [name.lower() for name in names]
        if repeated := sorted({name for name in names if lowered.count(name.lower()) > 1}):
            self._add(item.line, f".columns: {', '.join(repeated)} is named more than once.")

    def _skipped(self, item: Located | None) -> dict:
        """Lines that are no rows: so many of the first, and those that hold what an expression finds."""
        first, matching = 0, []
        for one in item.value if item and isinstance(item.value, list) else [item] if item else []:
            if isinstance(one.value, int) and not isinstance(one.value, bool) and one.value >= 0:
                first = one.value
            elif isinstance(one.value, str) and not one.value.isdigit() and _is_expression(one.value):
                matching.append(one.value)
            else:
                self._add(
                    one.line,
                    ".skip_lines: give how many of the first lines, or a regular expression such as '^Total', or both "
                    "as a list.",
                )
        return {"skip_first": first, "skip_matching": tuple(matching)}

    def _add(self, line: int, message: str) -> None:
        self.problems.add(line, f"{self.here}{message}")

    def _fixed_columns(self, item: Located | None, line: int) -> tuple[FixedColumn, ...]:
        columns = []
        for place in item.value if item and isinstance(item.value, list) else []:
            known = {"name", "start", "width"}
            fields = self.problems.mapping(place, f"{self.here}.columns", known, known)
            if fields is None:
                continue
            start, width = fields["start"].value, fields["width"].value
            if not all(isinstance(number, int) and number >= 1 for number in (start, width)):
                self._add(place.line, ".columns: start and width are whole numbers from 1.")
                continue
            columns.append(FixedColumn(fields["name"].text, start, width))
        self._told_once([column.name for column in columns], item)
        if not columns:
            self._add(line, ".columns: fixed_width needs columns as a list of {name, start, width}.")
        return tuple(columns)

    def _files(self, item: Located) -> tuple[str, ...]:
        files = read_texts(self.problems, item, f"{self.here}.files")
        for pattern in files:
            if pattern.startswith("/") or ".." in Path(pattern).parts:
                self._add(item.line, f".files: {pattern} leaves the landing folder; give a path inside.")
        if not files:
            self._add(item.line, ".files: give a file name or a pattern such as orders_*.csv.")
        return files
