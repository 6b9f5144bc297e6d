"""What a personal column looks like in a published version."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import duckdb

from include.contract.reader import read_contract
from include.policies.privacy_policy import TREATMENTS
from include.workspace import Workspace

# Kind of each personal column of the contract; those that only help to recognise somebody stay readable.
CONTRACT_KINDS = {
    "email": "email",
    "phone": "phone",
    "full_name": "name",
    "birth_on": "date",
    "postal_code": "postal_code",
}
_TEXT_MASKS = {
    "email": "left({0}, 1) || '***@***'",
    "phone": "'***' || right(regexp_replace({0}, '[^0-9]', '', 'g'), 2)",
    "name": "left({0}, 1) || '.'",
    "postal_code": "left({0}, 2) || '***'",
}


class UnmaskedColumn(RuntimeError):
    """A personal column would be published as it is; the message names it and where to mark it."""


@dataclass(frozen=True)
class Masks:
    """Kind of personal data by (table, column); `source` says in words where the kinds were read."""

    kinds: dict[tuple[str, str], str]
    source: str

    def treatment(self, table: str, column: str, treatments: dict[str, str]) -> str:
        """`shown`, `masked` or `left_out`: the strictest of what a role is given of the classes the column is of."""
        of = [treatments["direct"]] if (table, column) in self.kinds else []
        if not of and column in _named("quasi"):
            of.append(treatments["quasi"])
        if column in _named("sensitive"):
            of.append(treatments["sensitive"])
        return max(of, key=TREATMENTS.index, default="shown")

    def expression(self, table: str, column: str, data_type: str, treatments: dict[str, str]) -> str | None:
        """SQL that gives the column as the role sees it, of the same type; None where it is left out."""
        quoted = f'"{column}"'
        treatment = self.treatment(table, column, treatments)
        if treatment == "masked":
            return f"{mask(self.kinds.get((table, column), 'other'), quoted, data_type)} as {quoted}"
        return quoted if treatment == "shown" else None


def mask(kind: str, expression: str, data_type: str) -> str:
    """SQL of the masked value: what is null stays null, and a type that no mask fits becomes null.

    Text keeps an initial (e-mail, name), two last digits (phone) or two first characters (postal code); a date
    keeps its year; anything else is hidden whole.
    """
    if data_type in ("DATE", "TIMESTAMP"):
        return f"date_trunc('year', {expression})::{data_type}"
    if data_type != "VARCHAR":
        return f"null::{data_type}"
    whole = f"case when {expression} is not null then '***' end"
    return _TEXT_MASKS.get(kind, whole).format(expression)


def read_masks(workspace: Workspace, connection: duckdb.DuckDBPyConnection, catalog: str) -> Masks:
    """Masks of the tables of `core` and `marts`: as dbt's manifest marks columns, or by the contract without one.

    Raises
    ------
    UnmaskedColumn: a personal column of the contract is in one of these tables and not marked.
    """
    manifest = workspace.dbt_target / "manifest.json"
    found = connection.execute(
        "select table_schema, table_name, column_name from information_schema.columns "
        "where table_catalog = ? and table_schema in ('core', 'marts') order by all",
        [catalog],
    ).fetchall()
    personal = _personal_columns()
    if not manifest.is_file():
        return Masks({(table, name): personal[name] for _, table, name in found if name in personal}, "the contract")
    masks = Masks(_marked(json.loads(manifest.read_text())), "dbt's manifest")
    bare = [
        f"{schema}.{table}.{name}"
        for schema, table, name in found
        if name in personal and (schema, table) not in INTERNAL_TABLES and (table, name) not in masks.kinds
    ]
    if bare:
        raise UnmaskedColumn(
            f"{', '.join(bare)}: personal by the contract, but not marked in the dbt model. Nothing was published. "
            "Give the column `config: {meta: {pii: <email|phone|name|date|postal_code|other>}}` and build again."
        )
    return masks


# They hold the keys of the sources, which may be addresses or numbers of people, and what stewards compare.
INTERNAL_TABLES = frozenset({("core", "customer_xref"), ("core", "match_review"), ("core", "identity_log")})


@cache
def _personal_columns() -> dict[str, str]:
    columns = (column for entity in read_contract().values() for column in entity.columns)
    return CONTRACT_KINDS | {
        column.name: CONTRACT_KINDS.get(column.name, "other") for column in columns if column.pii == "direct"
    }


@cache
def _named(kind: str) -> frozenset[str]:
    """Columns of the contract that are `quasi` or `sensitive`; they go by their names in every table."""
    columns = [column for entity in read_contract().values() for column in entity.columns]
    return frozenset(c.name for c in columns if (c.sensitive if kind == "sensitive" else c.pii == kind))


def _marked(manifest: dict) -> dict[tuple[str, str], str]:
    marked = {}
    for node in manifest["nodes"].values():
        for name, column in node.get("columns", {}).items():
            meta = {**column.get("meta", {}), **column.get("config", {}).get("meta", {})}
            if meta.get("pii"):
                marked[node.get("alias") or node["name"], name] = meta["pii"]
    return marked
