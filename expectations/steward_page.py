"""The steward's page: what needs a decision, how healthy the data are, what was refused. One file, no requests."""

from __future__ import annotations

import os
import shutil
from html import escape
from pathlib import Path

import duckdb

from expectations.steward.health import has_health, health_section, read_measures
from expectations.steward.markup import Html
from expectations.steward.matches import matches_section, waiting_pairs
from expectations.steward.owners import read_owners
from expectations.steward.quarantine import open_rows, quarantine_section, read_refusals
from expectations.steward.results import KEPT_BUILDS, open_failures, results_section

STYLE = Path(__file__).parent / "templates" / "page.css"


def write_steward_page(
    quality: Path, workspace_name: str, connection: duckdb.DuckDBPyConnection, manifest: Path | None = None
) -> Path:
    """Write `index.html` from the working warehouse; pages of tables are linked from it.

    dbt's `manifest` names the owners of tables; it is read when something fails.
    """
    failures, refusals = open_failures(connection), read_refusals(connection)
    measures = read_measures(connection) if has_health(connection) else []
    pairs, refused = waiting_pairs(connection), open_rows(connection)
    under = sum(one.passed is False for one in measures)
    blocking = sum(failure.severity == "blocking" for failure in failures)
    tiles = [
        _tile("results", blocking, "blocking rule fails", "blocking rules fail", "nothing blocks publishing", "bad"),
        _tile("results", len(failures) - blocking, "warning", "warnings", "no warnings", "warn"),
        _tile("health", under, "measure under its bar", "measures under their bar", "all data at their bar", "warn"),
        _tile("quarantine", refused, "row in quarantine", "rows in quarantine", "quarantine is empty", "warn"),
        _tile("matches", pairs or 0, "pair to decide", "pairs to decide", "no pair to decide", "warn"),
    ]
    body = [
        f"<header><h1>Data quality of {escape(workspace_name)}</h1>{_last_audit(connection)}</header>",
        f'<nav aria-label="What needs a decision"><ul class="tiles">{"".join(tiles)}</ul></nav>',
        "<main>",
        health_section(connection, measures),
        quarantine_section(connection, refusals, workspace_name),
        matches_section(connection, pairs, workspace_name),
        results_section(connection, failures, read_owners(manifest) if manifest and failures else {}),
        "</main>",
        '<footer class="quiet">No personal value is shown on this page. It opens without a network.</footer>',
    ]
    quality.mkdir(parents=True, exist_ok=True)
    draft = quality / "index.draft"
    draft.write_text(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="UTF-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Data quality of {escape(workspace_name)}</title>"
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n",
        encoding="utf-8",
    )
    os.replace(draft, quality / "index.html")
    return quality / "index.html"


def forget_old_pages(quality: Path, connection: duckdb.DuckDBPyConnection, kept_builds: int = KEPT_BUILDS) -> None:
    """Remove the pages of all but the latest builds; their results stay in the warehouse."""
    kept = connection.execute(
        "select build_id from ops.quality_results group by 1 order by max(checked_at) desc, 1 desc limit ?",
        [kept_builds],
    ).fetchall()
    for folder in (quality / "data_docs").glob("*/"):
        if (folder.name,) not in kept:
            shutil.rmtree(folder)


def _tile(anchor: str, number: int, one: str, many: str, none: str, kind: str) -> Html:
    """A number that needs a decision, or the words that nothing does; it leads to its section."""
    if not number:
        return Html(f'<li><a class="tile good" href="#{anchor}"><strong>✓</strong> {none}</a></li>')
    words = one if number == 1 else many
    return Html(f'<li><a class="tile {kind}" href="#{anchor}"><strong>{number:,}</strong> {words}</a></li>')


def _last_audit(connection: duckdb.DuckDBPyConnection) -> Html:
    found = connection.execute(
        "select build_id, max(checked_at) from ops.quality_results group by 1 order by 2 desc, 1 desc limit 1"
    ).fetchone()
    if found is None:
        return Html("")
    return Html(f'<p class="quiet">Build {escape(found[0])}, audited {found[1]:%Y-%m-%d %H:%M} UTC</p>')
