"""Reads how a table's rows become rows of one contract entity."""

from __future__ import annotations

import re
from dataclasses import replace

import duckdb

from include.contract.positioned_yaml import Located, did_you_mean
from include.contract.reader import Column, Entity
from include.load.declared import ROW_ID, ColumnMapping, EntityMapping
from include.load.declared_fields import read_flag
from include.load.expressions import ExpressionRefused, columns_of, is_time_format
from include.load.problems import Problems
from include.load.sql_text import literal
from include.load.sql_text import name as quoted

_RULES = {"first", "last", "min", "max", "sum"}
_ENTITY_KEYS = {"columns", "where", "group_by", "distinct", "order_by"}
_COLUMN_KEYS = {"column", "expression", "constant", "format", "codes", "default", "rule", "order_by", "optional"}
_ENGINE_TYPES = {
    **{"decimal": "decimal(18, 4)", "number": "double", "integer": "bigint"},
    **{"boolean": "boolean", "date": "date", "timestamp": "timestamp"},
}


def _may_be(constant: Located, kind: str) -> bool:
    """Whether a constant, the same for every row, is a value of the contract's type."""
    if constant.value is None or kind not in _ENGINE_TYPES:
        return True
    text = constant.text if kind != "boolean" else {"y": "yes", "n": "no"}.get(constant.text.lower(), constant.text)
    if kind == "boolean" and text.lower() in ("yes", "no"):
        return True
    found = duckdb.execute(f"select try_cast({literal(text)} as {_ENGINE_TYPES[kind]}) is not null").fetchone()
    return found[0]


class EntityReader:
    """Reads the `entities` of one table and adds what is wrong to `problems`."""

    def __init__(
        self,
        contract: dict[str, Entity],
        problems: Problems,
        here: str,
        key: tuple[str, ...],
        currency: str | None,
        has_texts: bool,
    ):
        self.contract, self.problems, self.here, self.key = contract, problems, here, key
        self.currency, self.has_texts = currency, has_texts

    def read(self, name: str, item: Located) -> EntityMapping | None:
        """The mapping, or None when it is too wrong to build."""
        here = f"{self.here}.entities.{name}"
        entity = self.contract.get(name)
        if entity is None:
            known = ", ".join(self.contract)
            self.problems.add(item.line, f"{here}: unknown entity {name}. The contract has {known}.")
            return None
        fields = self.problems.mapping(item, here, _ENTITY_KEYS, {"columns"})
        mapped = fields and self.problems.mapping(fields["columns"], f"{here}.columns", None, set())
        if not fields or mapped is None:
            return None
        grouped = "group_by" in fields or ("distinct" in fields and fields["distinct"].value is True)
        order_by = fields.get("order_by")
        if order_by and not grouped:
            self.problems.add(order_by.line, f"{here}.order_by: only grouped entities have one.")
        before = len(self.problems.found)
        columns = [
            column
            for key, value in mapped.items()
            if (column := self._column(entity, key, value, f"{here}.columns.{key}", grouped, order_by)) is not None
        ]
        if self.currency and "currency" in entity.by_name:
            columns = self._with_currency(entity, columns, item.line)
        missing = [column.name for column in entity.columns if column.required and column.name not in mapped]
        for column in missing:
            self.problems.add(item.line, f"{here}: required column {column} is not mapped.")
        if missing or len(self.problems.found) > before:
            return None
        where, where_uses = self._where(fields.get("where"), here)
        mapping = EntityMapping(entity, item.line, tuple(columns), where, where_uses, grouped)
        self._check_key(mapping, fields, here)
        return mapping

    def _with_currency(self, entity: Entity, columns: list[ColumnMapping], line: int) -> list[ColumnMapping]:
        """The source's currency where rows tell none."""
        if any(column.name == "currency" for column in columns):
            return [replace(one, if_missing=self.currency) if one.name == "currency" else one for one in columns]
        # Data health has always measured it of these two, and measures nothing new that no declaration maps.
        is_measured = entity.name in ("orders", "payments")
        return [*columns, ColumnMapping("currency", line, constant=self.currency, is_measured=is_measured)]

    def _where(self, item: Located | None, here: str) -> tuple[str | None, tuple[str, ...]]:
        if item is None:
            return None, ()
        return item.text, self._uses(item, f"{here}.where")

    def _uses(self, item: Located, here: str) -> tuple[str, ...]:
        try:
            return columns_of(item.text)
        except ExpressionRefused as refusal:
            self.problems.add(item.line, f"{here}: {refusal}")
            return ()

    def _check_key(self, mapping: EntityMapping, fields: dict[str, Located], here: str) -> None:
        key, line = mapping.key, mapping.key.line
        if mapping.grouped:
            group = fields.get("group_by")
            names = [one.text for one in (group.value if isinstance(group.value, list) else [group])] if group else None
            if key.is_row_id:
                self.problems.add(line, f"{here}: {ROW_ID} is different for every row; a grouped key cannot use it.")
            elif names is not None and set(names) != set(key.uses):
                self.problems.add(
                    group.line,
                    f"{here}.group_by: {', '.join(names)} must be the columns that {key.name} is made of "
                    f"({', '.join(key.uses) or 'none'}).",
                )
        elif not key.is_row_id and (not self.key or not set(self.key) <= set(key.uses)):
            self.problems.add(
                line,
                f"{here}: {key.name} comes from {', '.join(key.uses) or 'a constant'}, but the table's key is "
                f"{', '.join(self.key) or 'not declared'}: rows could share one key. Declare `key` with these "
                f"columns, group by them, or use {ROW_ID}.",
            )

    def _column(
        self, entity: Entity, name: str, item: Located, here: str, grouped: bool, order_by: Located | None
    ) -> ColumnMapping | None:
        target = entity.by_name.get(name)
        if target is None:
            self.problems.add(
                item.line, f"{here}: {entity.name} has no column {name}.{did_you_mean(name, entity.by_name)}"
            )
            return None
        if not isinstance(item.value, dict):
            if isinstance(item.value, list) or not item.text:
                self.problems.add(item.line, f"{here}: give a source column, or {{column|expression|constant: …}}.")
                return None
            item = Located({"column": item}, item.line)
        fields = self.problems.mapping(item, here, _COLUMN_KEYS, set()) or {}
        origins = [origin for origin in ("column", "expression", "constant") if origin in fields]
        if len(origins) != 1:
            self.problems.add(item.line, f"{here}: give exactly one of column, expression and constant.")
            return None
        given = fields[origins[0]]
        uses = {"column": (given.text,), "constant": ()}.get(origins[0])
        codes = self._codes(target, fields, here)
        self._check_options(target, fields, origins[0], here, grouped)
        order_by = fields.get("order_by", order_by) if grouped else None
        if order_by and re.fullmatch(r"\w+", order_by.text):  # a column, even if SQL reserves the word
            order_by = replace(order_by, text=quoted(order_by.text))
        default = fields["default"].value if "default" in fields else None
        return ColumnMapping(
            name=name,
            line=item.line,
            **{origins[0]: given.value if origins[0] == "constant" else given.text},
            uses=self._uses(given, f"{here}.expression") if uses is None else uses,
            format=fields["format"].text if "format" in fields else None,
            codes=codes,
            default=None if default is None else fields["default"].text,
            has_default="default" in fields,
            rule=fields["rule"].text if "rule" in fields else "first" if order_by else "min",
            order_by=order_by.text if order_by else None,
            order_uses=self._uses(order_by, f"{here}.order_by") if order_by else (),
            optional=self._optional(target, fields.get("optional"), f"{here}.optional"),
        )

    def _optional(self, target: Column, item: Located | None, here: str) -> bool:
        """Whether the source column may be absent: a text of no file is a missing one."""
        optional = read_flag(self.problems, item, here, False)
        if optional and target.required:
            self.problems.add(item.line, f"{here}: {target.name} is required by the contract.")
        if optional and not self.has_texts:
            self.problems.add(item.line, f"{here}: only columns of csv, jsonl and rest may be absent.")
        return optional

    def _codes(
        self, target: Column, fields: dict[str, Located], here: str
    ) -> tuple[tuple[str, str | None], ...] | None:
        given = fields.get("codes")
        pairs = [] if given is None else (self.problems.mapping(given, f"{here}.codes", None, set()) or {}).items()
        codes = [(code, None if to.value is None else to.text, to.line) for code, to in pairs]
        if target.type == "code":
            constant = [("", item.text, item.line) for key in ("constant", "default") if (item := fields.get(key))]
            for _, to, line in [*codes, *constant]:
                if to is not None and to != "null" and to not in target.codes:
                    allowed = ", ".join(target.codes)
                    self.problems.add(line, f"{here}: {to} is none of {allowed}.{did_you_mean(to, target.codes)}")
        return None if given is None else tuple((code, to) for code, to, _ in codes)

    def _check_options(self, target: Column, fields: dict[str, Located], origin: str, here: str, grouped: bool) -> None:
        if "format" in fields and target.type not in ("date", "timestamp"):
            self.problems.add(fields["format"].line, f"{here}.format: only dates and times have one.")
        elif "format" in fields and not is_time_format(fields["format"].text):
            self.problems.add(
                fields["format"].line,
                f"{here}.format: {fields['format'].text} is none of directives such as %d.%m.%Y or %Y%m%d. Seconds "
                'since 1970 are an expression: to_timestamp(cast("column" as bigint)).',
            )
        if origin == "constant" and "format" not in fields and not _may_be(fields["constant"], target.type):
            self.problems.add(fields["constant"].line, f"{here}: {fields['constant'].text} is no {target.type}.")
        if "default" in fields and target.type not in ("code", "text"):
            self.problems.add(fields["default"].line, f"{here}.default: only codes and texts have one.")
        if "codes" in fields and target.type not in ("code", "text", "boolean"):
            self.problems.add(fields["codes"].line, f"{here}.codes: only codes, texts and booleans can be translated.")
        if origin == "column" and fields["column"].text == ROW_ID and target.type != "text":
            self.problems.add(fields["column"].line, f"{here}: {ROW_ID} is text and {target.name} is {target.type}.")
        for key in ("rule", "order_by"):
            if key in fields and not grouped:
                self.problems.add(fields[key].line, f"{here}.{key}: only grouped entities have one.")
        rule = fields.get("rule")
        if rule is not None and rule.text not in _RULES:
            known = ", ".join(sorted(_RULES))
            self.problems.add(
                rule.line, f"{here}.rule: {rule.text} is none of {known}.{did_you_mean(rule.text, _RULES)}"
            )
        if rule is not None and rule.text == "sum" and target.type not in ("decimal", "integer"):
            self.problems.add(rule.line, f"{here}.rule: only decimals and integers can be summed exactly.")
