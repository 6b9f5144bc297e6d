"""Renders the contract as the page `docs/contract.md`: `python -m include.contract.page` rewrites it."""

from __future__ import annotations

from include.contract.reader import REQUIRED_ENTITIES, Column, Entity, read_contract, read_date_bounds
from include.workspace import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "contract.md"
_INTRODUCTION = """# The CRM contract

What Tierworks knows about customers. A source declaration ([sources.md](sources.md)) maps foreign columns to these;
only {required} must come from somewhere. What no source maps stays empty, and what depends on it is null, never zero.

This page is written from `include/contract/entities/*.yml` by `python -m include.contract.page`.

| type | stored as | accepted |
|---|---|---|
| text | VARCHAR | anything; surrounding blanks are dropped, empty text is missing |
| code | VARCHAR | one of the listed codes, or what the declaration translates to one |
| integer | BIGINT | whole numbers |
| decimal | DECIMAL(18,4) | numbers, rounded to four places; no thousands separators |
| number | DOUBLE | finite numbers |
| boolean | BOOLEAN | true/false, yes/no, y/n, t/f, 1/0 |
| date | DATE | a local business day, {earliest} to {latest} |
| timestamp | TIMESTAMP in UTC as `x_at`, and DATE as `x_on` | a moment; `x_on` is its local business day |

*Dated by* names the column that says when what a row tells happened, *key of* the entity whose keys a column holds;
*personal* is direct (names somebody; masked when published) or quasi (helps to). The sources of dbt are written from
the same files by `python -m include.contract.dbt_sources`.

Table `raw.<entity>` holds `source`, the columns below, and where the row came from: `_table, _file, _line,
_batch_id, _loaded_at`. Rows are unique on `source` and the key; those of customers on `source`, `_table` and the key.
"""


def render_page() -> str:
    """The page as Markdown text."""
    bounds = read_date_bounds()
    introduction = _INTRODUCTION.format(
        required=" and ".join(REQUIRED_ENTITIES), earliest=bounds.earliest, latest=bounds.latest
    )
    return "\n".join(
        [introduction, _personal_columns(), *(_entity_section(entity) for entity in read_contract().values())]
    )


def _personal_columns() -> str:
    """Every personal column by its kind; a column that is not here is of no person."""
    lines = ["## Personal columns", "", "All others are of no person.", "", "| kind | columns |", "|---|---|"]
    for kind in ("direct", "quasi"):
        names = [
            f"{entity.name}.{column.name}"
            for entity in read_contract().values()
            for column in entity.columns
            if column.pii == kind
        ]
        lines.append(f"| {kind} | {', '.join(names)} |")
    names = [f"{entity.name}.{c.name}" for entity in read_contract().values() for c in entity.columns if c.sensitive]
    lines.append(f"| sensitive, besides | {', '.join(names)} |")
    return "\n".join([*lines, ""])


def _entity_section(entity: Entity) -> str:
    rows = [_column_row(column, column.name == entity.key) for column in entity.columns]
    header = ["| column | type | required | unit | personal | what |", "|---|---|---|---|---|---|"]
    dated = f" Dated by `{entity.dated_by}`." if entity.dated_by else ""
    return "\n".join([f"## {entity.name}", "", entity.description + dated, "", *header, *rows, ""])


def _column_row(column: Column, is_key: bool) -> str:
    what = column.description + (f" One of: {', '.join(column.codes)}." if column.codes else "")
    what += f" Key of [{column.references}](#{column.references})." if column.references else ""
    what += f" Refused {bounds}." if (bounds := _bounds(column)) else ""
    duty = "key" if is_key else "yes" if column.required else ""
    return f"| {column.name} | {column.type} | {duty} | {column.unit or ''} | {column.pii or ''} | {what} |"


def _bounds(column: Column) -> str:
    told = (("below", column.at_least), ("above", column.at_most))
    return " and ".join(f"{side} {bound}" for side, bound in told if bound is not None)


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
