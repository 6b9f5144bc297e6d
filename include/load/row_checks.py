"""Judges every row of a table against the contract, in one pass over it: no reasons means accepted."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from include.contract.reader import Column, DateBounds
from include.load.attempts import attempts_hold
from include.load.declared import ColumnMapping, EntityMapping, Table
from include.load.errors import SourceError
from include.load.row_form import form_reasons, present, reason_when, structural_reasons, suspect
from include.load.sql_text import literal, name
from include.load.typed_values import (
    as_text,
    attempted,
    cannot_fail,
    fits,
    is_nested,
    key_text,
    known_codes,
    source_value,
    typed_value,
    utc,
)

# Soft hyphens, spaces of no width, marks of direction: two keys that look alike. Joiners belong inside words only.
_HIDDEN = literal(
    r"[\x{ad}\x{180e}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}]"
    r"|^[\x{200c}\x{200d}]|[\x{200c}\x{200d}]$"
)
_NO_REASONS = 'null::struct("code" varchar, "column" varchar, reason varchar)[] as _reasons from '
_NO = "('false', 'f', 'no', 'n', '0')"


@dataclass
class RowChecks:
    """SQL that judges the rows of `incoming` of one table; `types` are the engine's types of its columns."""

    table: Table
    types: dict[str, str]
    bounds: DateBounds
    connection: duckdb.DuckDBPyConnection
    _aliases: dict[str, str] = field(default_factory=dict)
    _value_types: dict[str, str] = field(default_factory=dict)
    _faults: list[tuple[str, str, str | None, str]] = field(default_factory=list)

    def cleaned(self, relation: str) -> str:
        """The relation with declared nulls made null and blanks trimmed, in the columns that mappings use."""
        replaced = ", ".join(
            f"{value} as {name(column)}" for column in self.table.uses if (value := self._clean(column)) != name(column)
        )
        return f"(select * {f'replace ({replaced}) ' if replaced else ''}from {relation})"

    def key(self) -> str | None:
        """Text of the declared key, over columns as they come; null when the table has none."""
        if not self.table.key:
            return None
        parts = [key_text(f"({self._clean(column)})", self.types[column]) for column in self.table.key]
        return parts[0] if len(parts) == 1 else f"cast(to_json([{', '.join(parts)}]) as varchar)"

    def keys_of(self, relation: str) -> str:
        """Query of the keys, as `_key`, of a relation that has the key's columns."""
        return f"select {self.key()} as _key from {relation}"

    def sql_type(self, mapping: ColumnMapping, entity: str) -> str:
        """The engine's type of what a mapping takes from the row.

        Raises
        ------
        SourceError: the expression does not fit the types of the columns.
        """
        if mapping.is_row_id:
            return "VARCHAR"
        if mapping.column is not None:
            return self.types[mapping.column]
        return self._type_of(source_value(mapping), mapping.line, f"{entity}.{mapping.name}")

    def judge(self, rows: str = "incoming", judged: str = "judged", told: str = "faults") -> None:
        """Make the view `judged`: `rows` of `incoming` with `_key`, hashes, `_gone` and `_reasons` (null: accepted).

        Only refused rows are written down, in `faults(_file, _line, _reasons)`: most rows are good, and a view costs
        what its reader asks of it. `_row_hash` tells a changed row from an unchanged one; `_content_hash` names a row
        by its content for good. `_gone` marks tombstones, which need nothing but a key.
        """
        run = self.connection.execute
        reasons = self._with_reasons(rows)
        with attempts_hold(self.connection):
            run(
                f"create or replace temp table {told} as "
                f"select _file, _line, _reasons from ({reasons}) where _reasons is not null"
            )
        refused = run(f"select count(*) from {told}").fetchone()[0]
        columns = "".join(f", i.{name(column)}" for column in self.types)
        content = self._content_hash()
        row_hash = self._quick_hash() if self.table.key else content
        run(
            f"create or replace temp view {judged} as select i._file, i._line, i._text{columns}, "
            f"{self.key() or 'null::varchar'} as _key, {row_hash} as _row_hash, "
            f"{content} as _content_hash, {self._gone()} as _gone, "
            + (
                f"f._reasons from {rows} i left join (select * from {told}) f using (_file, _line)"
                if refused
                else _NO_REASONS + rows + " i"
            )
        )

    def _with_reasons(self, rows: str) -> str:
        for column in self.table.key:
            missing = f"{as_text(name(column), self.types[column])} is null"
            self._fault(missing, "missing_value", column, "the key is missing")
        for mapping in self.table.entities:
            self._check_mapping(mapping)
        originals = ", ".join(f"{name(column)} as {name('_original ' + column)}" for column in self.types)
        doubtful = suspect(self.table, self.types)
        inner = self.cleaned(f"(select *, {originals}, {doubtful} as _suspect, {self._gone()} as _gone from {rows})")
        typed = "".join(f", try(struct_pack(v := {value})) as {alias}" for value, alias in self._aliases.items())
        wrong = " or ".join(f"coalesce({condition}, false)" for condition, *_ in self._faults) or "false"
        return (
            "select _file, _line, case when _gone then null "
            f"when _problem is not null then {structural_reasons(self.table)} "
            f"when _suspect or {wrong} then {self._reasons()} end as _reasons "
            f"from (select *{typed} from {inner})"
        )

    def _gone(self) -> str:
        """Whether a row says that the row of its key is deleted."""
        stone = self.table.deletes and self.table.deletes.tombstone
        if not stone:
            return "false"
        value, kind = f"({self._clean(stone)})", self.types[stone]
        if self.table.deletes.values:
            marked = f"{as_text(value, kind)} in ({', '.join(literal(mark) for mark in self.table.deletes.values)})"
        elif kind in ("BOOLEAN", "VARCHAR", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"):
            marked = f"lower({as_text(value, kind)}) not in {_NO}"
        else:
            marked = f"{value} is not null"
        return f"(coalesce({marked}, false) and _problem is null and {self.key()} is not null)"

    def _clean(self, column: str) -> str:
        own = name(column)
        if self.types[column] == "VARCHAR":
            trimmed = f"trim({own}, e' \\t\\r\\n')"
            trimmed = f"case when strlen({own}) = length({own}) then {trimmed} else trim({trimmed}) end"  # wide blanks
            nulls = ", ".join(literal(value) for value in {"": None} | dict.fromkeys(self.table.null_values))
            # Most values begin and end with a plain letter or digit: a third of the time for those.
            is_clean = f"{own} >= '!' and {own} < '\x7f' and right({own}, 1) between '!' and '~'"
            kept = f"case when {own} not in ({nulls}) then {own} end" if self.table.null_values else own
            return f"case when {is_clean} then {kept} when {trimmed} not in ({nulls}) then {trimmed} end"
        if not self.table.null_values:
            return own
        nulls = ", ".join(literal(value) for value in self.table.null_values)
        return f"case when {as_text(own, self.types[column])} not in ({nulls}) then {own} end"

    def _type_of(self, value: str, line: int, what: str) -> str:
        if value in self._value_types:
            return self._value_types[value]
        try:
            described = self.connection.execute(
                f"describe select {value} as v from {self.cleaned('incoming')}"
            ).fetchone()
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            raise SourceError(
                f"{self.table.label}: {what} cannot be computed ({first}). Mend {self.table.path}:{line}."
            ) from None
        return self._value_types.setdefault(value, described[1])

    def _alias(self, value: str) -> str:
        return self._aliases.setdefault(value, name(f"_value {len(self._aliases)}"))

    def _fault(self, condition: str, code: str, column: str | None, reason: str) -> None:
        if (found := (condition, code, column, reason)) not in self._faults:
            self._faults.append(found)

    def _check_mapping(self, mapping: EntityMapping) -> None:
        entity, applies = mapping.entity, ""
        if mapping.where is not None:
            self._type_of(f"({mapping.where}\n)", mapping.line, f"{entity.name}.where")
            alias = self._alias(f"coalesce(cast(({mapping.where}\n) as boolean), false)")
            where_columns = ", ".join(mapping.where_uses)
            self._fault(
                f"{alias} is null", "wrong_type", where_columns, f"the condition of {entity.name} cannot be told"
            )
            applies = f"{alias}.v and "
        for column in mapping.columns:
            if not column.is_row_id:
                self._check_column(entity.by_name[column.name], column, entity.name, applies)

    def _check_column(self, column: Column, mapping: ColumnMapping, entity: str, applies: str) -> None:
        sql_type = self.sql_type(mapping, entity)
        if column.name.endswith("_key") and is_nested(sql_type):
            raise SourceError(
                f"{self.table.label}: {entity}.{column.name} is a key, and {source_value(mapping)} is {sql_type}. "
                f"Take one value of it by an expression in {self.table.path}:{mapping.line}."
            )
        typed = typed_value(column, mapping, sql_type, self.table)
        if mapping.column and not fits(column, mapping, sql_type):
            raise SourceError(
                f"{self.table.label}: {entity}.{column.name} needs a {column.type}, and {mapping.column} is "
                f"{sql_type}. Map another column, or convert it by an expression, in {self.table.path}:{mapping.line}."
            )
        where = ", ".join(mapping.uses) or mapping.name
        target = f"{entity}.{column.name}"
        value = source_value(mapping)
        if cannot_fail(column, mapping, sql_type):
            found, failed = typed, None
        else:
            alias = self._alias(typed)
            found, failed = f"{alias}.v", f"{alias} is null"
        broken = f"{attempted(mapping)} is null" if mapping.expression is not None else None
        if broken:
            self._fault(f"{applies}{broken}", "wrong_type", where, f"{target} cannot be computed from this row")
        if failed and column.type in ("decimal", "number") and sql_type in ("VARCHAR", "DOUBLE", "FLOAT"):
            infinite = f"not isfinite(try_cast({value} as double))"
            self._fault(f"{applies}{infinite}", "not_finite", where, f"{target} needs a finite number")
            failed = f"{failed} and not coalesce({infinite}, false)"
        if failed:
            form = f" in the format {mapping.format}" if mapping.format else ""
            kind = "number in range" if column.type in ("decimal", "number") else column.type
            self._fault(f"{applies}{failed}", "wrong_type", where, f"{target} needs a {kind}{form}")
        if (codes := known_codes(column, mapping)) and not mapping.has_default:
            text, listed = as_text(value, sql_type), ", ".join(literal(code) for code, _ in codes)
            self._fault(f"{applies}{text} not in ({listed})", "unknown_code", where, f"{target} has no such code")
        if sql_type == "VARCHAR" and column.type == "text" and column.name.endswith("_key") and not mapping.is_row_id:
            hidden = f"case when strlen({found}) <> length({found}) then regexp_matches({found}, {_HIDDEN}) end"
            self._fault(f"{applies}{hidden}", "hidden_character", where, f"{target} holds a character that is not seen")
        if column.required:
            converted = "".join(f"not ({condition}) and " for condition in (broken, failed) if condition)
            self._fault(f"{applies}{converted}{found} is null", "missing_value", where, f"{target} is required")
        if column.type in ("date", "timestamp"):
            first, last = self.bounds.earliest, self.bounds.latest
            begin, end = f"timestamp '{first}'", f"(timestamp '{last}' + interval 1 day)"
            if column.type == "timestamp":
                begin, end = (utc(local, self.table.business_timezone) for local in (begin, end))
            outside = f"({found} < {begin} or {found} >= {end})"
            self._fault(f"{applies}{outside}", "out_of_range", where, f"{target} lies outside {first} to {last}")
        for bound, beyond, words in ((column.at_least, "<", "below"), (column.at_most, ">", "above")):
            if bound is not None:
                self._fault(f"{applies}{found} {beyond} {bound}", "out_of_range", where, f"{target} is {words} {bound}")

    def _content_hash(self) -> str:
        """64 bits of MD5 over the columns that have a value, so that a new empty column changes nothing."""
        parts = ", ".join(
            f"{literal(column + '=')} || cast({name(column)} as varchar)" for column in sorted(self.types)
        )
        return f"md5_number_lower(concat_ws(chr(31), {literal(self.table.name)}, {parts}))"

    def _quick_hash(self) -> str:
        """64 bits of the engine's own hash over the same, ten times as fast; another release may hash otherwise."""
        parts = [
            f"case when {own} is null then 0::ubigint else hash({literal(column)}, {own}) end"
            for column in sorted(self.types)
            for own in (name(column),)
        ]
        return f"xor({', xor('.join(parts)}, 0::ubigint{')' * len(parts)}"

    def _reasons(self) -> str:
        items = form_reasons(self.table, self.types)
        items.extend(reason_when(condition, code, column, reason) for condition, code, column, reason in self._faults)
        return present(items)
