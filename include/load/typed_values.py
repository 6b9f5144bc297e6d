"""SQL that turns a foreign value into the type the contract wants, or fails to."""

from __future__ import annotations

from include.contract.reader import Column
from include.load.declared import ColumnMapping, Table
from include.load.sql_text import literal, name

_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_DAY = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
_ZONE = r" ?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)"
_TIME_DIRECTIVES = ("%H", "%I", "%s", "%X", "%c", "%T", "%-H", "%-I")
_YES, _NO = "('true', 'yes', 'y', 't', '1')", "('false', 'no', 'n', 'f', '0')"


def source_value(mapping: ColumnMapping) -> str:
    """What the mapping takes from the row, before typing; null where an expression fails (`attempted` tells)."""
    if mapping.is_row_id:
        return "_row_key"
    if mapping.column is not None:
        return name(mapping.column)
    return f"({attempted(mapping)}).v" if mapping.expression is not None else literal(mapping.constant)


def attempted(mapping: ColumnMapping) -> str:
    """A mapping's expression as a structure with the value `v`, which is null as a whole where the expression fails.

    The engine computes what stands twice in a statement once, outside of any `try` around the two; so that every
    expression needs its own.
    """
    return f"try(struct_pack(v := ({mapping.expression}\n)))"


def as_text(value: str, sql_type: str) -> str:
    """Text of a value; whole floating numbers lose their `.0`, since keys with gaps often arrive as floats.

    Lists and structures become JSON.
    """
    if sql_type.startswith("DECIMAL(") and not sql_type.endswith(",0)"):
        return f"regexp_replace(cast({value} as varchar), '\\.0+$', '')"
    if sql_type in ("DOUBLE", "FLOAT"):
        whole = f"{value} = trunc({value}) and abs({value}) < 1e15"
        return f"case when {whole} then cast(cast({value} as bigint) as varchar) else cast({value} as varchar) end"
    if sql_type == "VARCHAR":
        return f"nullif(trim({value}), '')"
    if is_nested(sql_type):
        return f"cast(to_json({value}) as varchar)"
    return f"cast({value} as varchar)"


def key_text(value: str, sql_type: str, is_clean: bool = False) -> str:
    """Text of a key: `as_text`, and in a text, too, a whole number written as a float or decimal is that number.

    One file of a source may say `17850` and the next, where some are missing, `17850.0`. A clean value needs no trim.
    """
    text = value if is_clean else as_text(value, sql_type)
    if sql_type != "VARCHAR":
        return text
    is_float = f"contains({value}, '.') and regexp_full_match({value}, '-?(0|[1-9]\\d*)\\.0+')"
    return f"case when {is_float} then regexp_replace({value}, '\\.0+$', '') else {text} end"


def is_nested(sql_type: str) -> bool:
    return sql_type.endswith("]") or sql_type.startswith(("STRUCT", "MAP", "UNION"))


def cannot_fail(column: Column, mapping: ColumnMapping, sql_type: str) -> bool:
    """Whether typing is sure to succeed, so that it need not be tried row by row."""
    if mapping.expression is not None:
        return False
    if column.type in ("text", "code"):
        return True
    return column.type == "timestamp" and sql_type in ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE")


def fits(column: Column, mapping: ColumnMapping, sql_type: str) -> bool:
    """Whether values of an engine's type can be the contract's at all; text always may."""
    kind = sql_type.split("(")[0]
    if kind in ("VARCHAR", '"NULL"') or mapping.codes is not None or mapping.has_default or mapping.format is not None:
        return True
    if column.type in ("date", "timestamp"):
        return kind == "DATE" or kind.startswith("TIMESTAMP")
    if column.type in ("integer", "decimal", "number"):
        return kind in ("DECIMAL", "DOUBLE", "FLOAT") or kind.endswith("INT") or kind.endswith("INTEGER")
    return True


def typed_value(column: Column, mapping: ColumnMapping, sql_type: str, table: Table) -> str:
    """SQL of the contract value; evaluating it raises when the value is none of the type.

    `sql_type` is the engine's type of `source_value(mapping)`. A timestamp comes out in UTC.
    """
    value = source_value(mapping)
    if mapping.is_row_id:
        return value
    if mapping.codes is not None or mapping.has_default:
        translated = _translated(column, mapping, as_text(value, sql_type))
        return f"cast({translated} as boolean)" if column.type == "boolean" else translated
    kind = sql_type.split("(")[0]
    if column.type in ("text", "code"):
        is_clean = mapping.column is not None and sql_type == "VARCHAR"
        if column.name.endswith("_key"):
            return key_text(value, sql_type, is_clean)
        return value if is_clean else as_text(value, sql_type)
    if column.type == "integer":
        return f"cast({_integral(value, kind)} as bigint)"
    if column.type in ("decimal", "number"):
        return f"cast({_guarded(value, kind, _NUMBER)} as {'decimal(18, 4)' if column.type == 'decimal' else 'double'})"
    if column.type == "boolean":
        return _boolean(value) if kind == "VARCHAR" else f"cast({value} as boolean)"
    if mapping.format is not None:
        return _formatted(column, mapping.format, as_text(value, sql_type), table)
    return _date(value, kind, table) if column.type == "date" else _timestamp(value, kind, table)


def business_date(moment: str, table: Table) -> str:
    """Local business date of a UTC timestamp."""
    if table.business_timezone == "UTC":
        return f"cast({moment} as date)"
    return f"cast(timezone({literal(table.business_timezone)}, timezone('UTC', {moment})) as date)"


def known_codes(column: Column, mapping: ColumnMapping) -> tuple[tuple[str, str | None], ...]:
    """Source codes that have a meaning, and what it is; empty when any text is taken."""
    if mapping.codes is not None:
        return mapping.codes
    return tuple((code, code) for code in column.codes)


def _translated(column: Column, mapping: ColumnMapping, text: str) -> str:
    pairs = known_codes(column, mapping)
    default = literal(mapping.default) if mapping.has_default else "null"
    if not pairs:
        return f"coalesce({text}, {default})"
    return (
        f"case {text} {' '.join(f'when {literal(code)} then {literal(to)}' for code, to in pairs)} else {default} end"
    )


def _guarded(value: str, kind: str, pattern: str) -> str:
    """Text that the engine's own casts would be too lenient with becomes a `?`, which no cast accepts."""
    if kind != "VARCHAR":
        return value
    return f"case when {value} is null or regexp_full_match({value}, {literal(pattern)}) then {value} else '?' end"


def _integral(value: str, kind: str) -> str:
    if kind in ("DOUBLE", "FLOAT", "DECIMAL"):
        double = f"cast({value} as double)"
        return f"case when {value} is null or {double} = trunc({double}) then {double} else 'nan'::double end"
    return _guarded(value, kind, r"[+-]?\d+")


def _boolean(value: str) -> str:
    return (
        f"case when lower({value}) in {_YES} then true when lower({value}) in {_NO} then false "
        f"else cast(case when {value} is not null then '?' end as boolean) end"
    )


def _formatted(column: Column, pattern: str, text: str, table: Table) -> str:
    moment = f"strptime({text}, {literal(pattern)})"
    if column.type == "date":
        return f"cast({moment} as date)"
    if "%z" in pattern or "%Z" in pattern:
        return f"timezone('UTC', {moment})"
    has_clock = any(directive in pattern for directive in _TIME_DIRECTIVES)
    return utc(moment, table.timezone if has_clock else table.business_timezone)


def _date(value: str, kind: str, table: Table) -> str:
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"cast(timezone({literal(table.business_timezone)}, {value}) as date)"
    return f"cast({_guarded(value, kind, f'{_DAY}([ T]{_CLOCK})?')} as date)"


def _timestamp(value: str, kind: str, table: Table) -> str:
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {value})"
    if kind == "DATE":
        return utc(f"cast({value} as timestamp)", table.business_timezone)
    if kind != "VARCHAR":
        return utc(f"cast({value} as timestamp)", table.timezone)
    zoned = literal(f"{_DAY}[ T]{_CLOCK}{_ZONE}")
    local = _guarded(value, kind, f"{_DAY}[ T]{_CLOCK}")
    return (
        f"case when regexp_full_match({value}, {literal(_DAY)}) "
        f"then {utc(f'cast({value} as timestamp)', table.business_timezone)} "
        f"when regexp_full_match({value}, {zoned}) then timezone('UTC', cast({value} as timestamptz)) "
        f"else {utc(f'cast({local} as timestamp)', table.timezone)} end"
    )


def utc(local: str, zone: str) -> str:
    return local if zone == "UTC" else f"timezone('UTC', timezone({literal(zone)}, {local}))"
