"""Reads how the files of a table are written: patterns, encoding, delimiters, fixed columns."""

from __future__ import annotations

import codecs
from pathlib import Path

from include.contract.positioned_yaml import Located
from include.load.declared import FixedColumn
from include.load.declared_fields import read_flag, read_texts
from include.load.problems import Problems

FILE_OPTIONS = {
    "csv": {"delimiter", "quote", "encoding", "header", "columns"},
    "fixed_width": {"encoding", "columns"},
    "jsonl": {"encoding"},
    "parquet": set(),
}


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
        if kind == "fixed_width":
            options["fixed_columns"] = self._fixed_columns(fields.get("columns"), fields["format"].line)
        if kind == "csv":
            options["header"] = read_flag(self.problems, fields.get("header"), f"{self.here}.header", True)
            options["column_names"] = read_texts(self.problems, fields.get("columns"), f"{self.here}.columns")
            if options["header"] == bool(options["column_names"]):
                line = fields.get("columns", fields["format"]).line
                self._add(line, ".columns: name the columns when header is false, and only then.")
        return options

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
