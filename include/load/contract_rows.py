"""Derives rows of `raw.<entity>` from the landed rows of a table, and forgets them."""

from __future__ import annotations

import duckdb

from include.contract.reader import read_contract
from include.load.attempts import attempts_hold
from include.load.changes import note_all, note_difference
from include.load.declared import ColumnMapping, EntityMapping, Table
from include.load.errors import SourceError
from include.load.row_checks import RowChecks
from include.load.sql_text import filled, literal, name
from include.load.typed_values import business_date, cannot_fail, typed_value


def refresh_contract_rows(
    connection: duckdb.DuckDBPyConnection, table: Table, checks: RowChecks, rows: str, changed: str | None
) -> None:
    """Bring every entity that the table feeds in line with its landed `rows`.

    `changed` is a relation of landed rows, as they were and as they are: only their keys are made again. None
    means that the table has no contract rows yet.

    Raises
    ------
    SourceError: a key of an entity comes out twice, from this table or from another of the same source.
    """
    with attempts_hold(connection):
        for mapping in table.entities:
            _refresh(connection, table, mapping, checks, rows, changed)


def forget_contract_rows(connection: duckdb.DuckDBPyConnection, source: str, table: str) -> None:
    """Delete what a table gave to the contract's entities."""
    own = filled("source = ? and _table = ?", [source, table])
    for entity in read_contract().values():
        note_all(connection, entity, source, f"(from raw.{name(entity.name)} where {own})")
        connection.execute(f"delete from raw.{name(entity.name)} where {own}")


def _refresh(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    mapping: EntityMapping,
    checks: RowChecks,
    rows: str,
    changed: str | None,
) -> None:
    entity = name(mapping.entity.name)
    key = name(mapping.entity.key)
    landed = checks.cleaned(rows)
    key_value = _value(mapping, mapping.key, checks)
    only, own = "", f"source = {literal(table.source)} and _table = {literal(table.name)}"
    theirs = f"{own} and {key} in (select key from touched)"
    if changed is not None:
        connection.execute(
            f"create or replace temp table touched as select distinct {key_value} as key "
            f"from {checks.cleaned(changed)}{_where(mapping)}"
        )
        connection.execute(f"create or replace temp table formerly as from raw.{entity} where {theirs}")
        connection.execute(f"delete from raw.{entity} where {theirs}")
        only = f"{key_value} in (select key from touched)"
    derived = _grouped_rows if mapping.grouped else _plain_rows
    connection.execute(f"insert into raw.{entity} by name {derived(table, mapping, checks, landed, only)}")
    if changed is None:
        note_all(connection, mapping.entity, table.source, f"(from raw.{entity} where {own})")
    else:
        now = f"(from raw.{entity} where {theirs})"
        note_difference(connection, mapping.entity, table.source, "formerly", now)
    if not mapping.key.is_row_id:
        _refuse_repeated_keys(connection, table, mapping, changed is not None)


def _value(mapping: EntityMapping, column: ColumnMapping, checks: RowChecks) -> str:
    target = mapping.entity.by_name[column.name]
    sql_type = checks.sql_type(column, mapping.entity.name)
    value = typed_value(target, column, sql_type, checks.table)
    return value if cannot_fail(target, column, sql_type) else f"try({value})"


def _where(mapping: EntityMapping, further: str = "") -> str:
    conditions = [f"({condition}\n)" for condition in (mapping.where, further) if condition]
    return f" where {' and '.join(conditions)}" if conditions else ""


def _dates(mapping: EntityMapping, table: Table) -> str:
    """The local business date beside every mapped moment."""
    moments = [column.name for column in mapping.columns if mapping.entity.by_name[column.name].type == "timestamp"]
    return "".join(f", {business_date(name(moment), table)} as {name(moment[:-3] + '_on')}" for moment in moments)


def _if_missing(column: ColumnMapping, value: str) -> str:
    return value if column.if_missing is None else f"coalesce({value}, {literal(column.if_missing)})"


def _plain_rows(table: Table, mapping: EntityMapping, checks: RowChecks, landed: str, only: str) -> str:
    values = ", ".join(
        f"{_if_missing(column, _value(mapping, column, checks))} as {name(column.name)}" for column in mapping.columns
    )
    return (
        f"select *{_dates(mapping, table)} from (select {literal(table.source)} as source, {values}, "
        f"{literal(table.name)} as _table, _file, _line, _batch_id, _loaded_at from {landed}{_where(mapping, only)})"
    )


def _grouped_rows(table: Table, mapping: EntityMapping, checks: RowChecks, landed: str, only: str) -> str:
    values = ", ".join(f"{_value(mapping, column, checks)} as {name(column.name)}" for column in mapping.columns)
    ordering = {column.order_by for column in mapping.columns if column.order_by}
    orders = "".join(f", try(({order}\n)) as {name('_order ' + order)}" for order in sorted(ordering))
    key = name(mapping.entity.key)
    chosen = "".join(
        f", {_if_missing(column, _choose(mapping, column))} as {name(column.name)}"
        for column in mapping.columns
        if column.name != mapping.entity.key
    )
    first = "min(struct_pack(f := _file, l := _line))"
    return (
        f"select * exclude (_first){_dates(mapping, table)}, _first.f as _file, _first.l as _line from ("
        f"select {literal(table.source)} as source, {key}{chosen}, {literal(table.name)} as _table, {first} as _first, "
        f"max(_batch_id) as _batch_id, max(_loaded_at) as _loaded_at "
        f"from (select {values}{orders}, _file, _line, _batch_id, _loaded_at from {landed}{_where(mapping, only)}) "
        f"group by {key})"
    )


def _choose(mapping: EntityMapping, column: ColumnMapping) -> str:
    """One value for a group. Equal times are settled by value (first: the smallest): no order of rows matters."""
    value = name(column.name)
    if column.rule == "sum":
        kind = "decimal(18, 4)" if mapping.entity.by_name[column.name].type == "decimal" else "bigint"
        return f"cast(sum({value}) as {kind})"
    if column.rule in ("min", "max") or column.order_by is None:
        return f"{'max' if column.rule == 'max' else 'min'}({value})"
    order = name("_order " + column.order_by)
    if column.rule == "first":
        return f"min(struct_pack(late := {order} is null, o := {order}, v := {value})) filter ({value} is not null).v"
    return f"max(struct_pack(dated := {order} is not null, o := {order}, v := {value})) filter ({value} is not null).v"


def _refuse_repeated_keys(
    connection: duckdb.DuckDBPyConnection, table: Table, mapping: EntityMapping, incremental: bool
) -> None:
    entity, key = mapping.entity, name(mapping.entity.key)
    own_only = f" and _table = {literal(table.name)}" if entity.name == "customers" else ""
    if _is_the_tables_key(table, mapping):
        others = f"select 1 from raw.{name(entity.name)} where source = {literal(table.source)} and _table <> "
        if own_only or not connection.execute(f"{others}{literal(table.name)} limit 1").fetchone():
            return  # it is the landed table's own key
    touched = f" and {key} in (select key from touched)" if incremental else ""
    rows = (
        f"from raw.{name(entity.name)} where source = {literal(table.source)}{own_only}{touched} "
        f"group by {key} having count(*) > 1"
    )
    if connection.execute(f"select 1 {rows} limit 1").fetchone():  # where they are is dear to ask, and rarely needed
        repeated = connection.execute(
            "select count(*), min(place) from "
            f"(select min(struct_pack(t := _table, f := _file, l := _line)) as place {rows})"
        ).fetchone()
        place = repeated[1]
        raise SourceError(
            f"{table.label}: {repeated[0]} values of {entity.name}.{entity.key} come out more than once, the first "
            f"from {place['t']}, {place['f']} line {place['l']}. Make the key tell them apart in "
            f"{table.path}:{mapping.line}, or map only one table to {entity.name}. Nothing of this table was loaded."
        )


def _is_the_tables_key(table: Table, mapping: EntityMapping) -> bool:
    """Whether the entity's key is the declared key as it comes, which is on one landed row only."""
    key = mapping.key
    is_plain = key.column is not None and key.codes is None and not key.has_default
    return is_plain and table.key == (key.column,) and mapping.entity.by_name[mapping.entity.key].type == "text"
