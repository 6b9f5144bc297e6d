"""Renders the declaration of the living CRM from that of the files: `python -m include.simulator.declarations`."""

from __future__ import annotations

import re

from include.simulator.files import DECLARATION
from include.simulator.living import HARD_DELETED, SCHEMA
from include.workspace import SHIPPED_SOURCES

LIVING = SHIPPED_SOURCES / "simulated_crm.yml"
_HEAD = """# Written from simulated.yml by `python -m include.simulator.declarations`.
source: simulated_crm
description: >
  The simulated retailer as a PostgreSQL database that lives on day by day (`tierworks simulate --postgres-connection`,
  docs/simulator.md): late rows, changes, deletes, a column added half-way.
connection: simulated_crm
timezone: Asia/Shanghai
currency: CNY

tables:
"""
_OF_FILES = re.compile(r"    (format|files|delimiter|optional): .*\n|    columns:\n(      - .*\n)+")
_DATE_FORMAT = re.compile(r'\{column: (\w+), format: "[^"]*"\}')
_TABLE = re.compile(r"^  (\w+):\n", re.MULTILINE)


def render_declaration() -> str:
    """The YAML text: the same mappings, read from tables by their cursor."""
    tables = DECLARATION.read_text(encoding="utf-8").split("\ntables:\n")[1]
    tables = _DATE_FORMAT.sub(r"\1", _OF_FILES.sub("", tables))
    return _HEAD + _TABLE.sub(lambda found: _reading(found[1]), tables)


def _reading(table: str) -> str:
    deletes = "{reconcile: always}" if table in HARD_DELETED else "{tombstone: {column: deleted_at}}"
    lines = ["format: postgres", f"relation: {SCHEMA}.{table}", "cursor: updated_at", "overlap: 3 days"]
    return f"  {table}:\n" + "".join(f"    {line}\n" for line in (*lines, f"deletes: {deletes}"))


if __name__ == "__main__":
    LIVING.write_text(render_declaration(), encoding="utf-8")
