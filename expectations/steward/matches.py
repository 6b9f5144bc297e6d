"""Pairs of customers that may be one person, side by side, for a steward to decide."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import duckdb

from expectations.steward.markup import Head, Html, fold, percent, section, table
from include.identity.masking import masked

_SHOWN_PAIRS = 20
_PAIRS = """
    select pair_id, probability, source_a, customer_id_a, source_b, customer_id_b, evidence
    from core.match_review order by probability desc, pair_id limit ?
"""


@dataclass(frozen=True)
class Pair:
    """Two customers that the match model gives between the bar of asking and that of merging.

    `evidence` are mappings with field, agreement, weight (in bits: over 0 speaks for one person), value_a, value_b.
    """

    pair_id: str
    probability: float
    source_a: str
    customer_a: str
    source_b: str
    customer_b: str
    evidence: list[dict]

    @property
    def customers(self) -> tuple[tuple[str, str], tuple[str, str]]:
        return (self.source_a, self.customer_a), (self.source_b, self.customer_b)


def waiting_pairs(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Length of the queue; None where there is no identity step yet."""
    found = connection.execute(
        "select 1 from duckdb_columns() where schema_name = 'core' and table_name = 'match_review' "
        "and column_name = 'evidence' and database_name = current_database()"
    ).fetchone()
    return connection.execute("select count(*) from core.match_review").fetchone()[0] if found else None


def matches_section(connection: duckdb.DuckDBPyConnection, waiting: int | None, workspace_name: str) -> Html:
    lead = "Customers that are probably one person, but not surely enough to be merged by themselves."
    matches = f"tierworks matches --workspace {escape(workspace_name)}"
    others = (
        "<p>Two records that do not stand here are named by source and key: "
        f"<code>{matches} decide SOURCE:KEY/SOURCE:KEY same --by NAME --reason WHY</code></p>"
    )
    if not waiting:
        none = Html('<p class="empty good">✓ No pair waits for a decision.</p>')
        return section("matches", "Match queue", lead, none, Html(f'<div class="how">{others}</div>'))
    pairs = [Pair(*row) for row in connection.execute(_PAIRS, [_SHOWN_PAIRS]).fetchall()]
    more = f"The {_SHOWN_PAIRS} likeliest of {waiting:,} are shown." if waiting > len(pairs) else ""
    how = (
        f'<div class="how"><p>To see values in the clear: <code>{matches} --reveal</code></p>'
        f"<p>To decide: <code>{matches} decide PAIR same --by NAME --reason WHY</code>, or <code>not-same</code>. "
        f"A decision outlasts every rebuild, and the next run obeys it.</p>{others}</div>"
    )
    folds = [fold(_title(pair), _side_by_side(pair), is_open=number == 0) for number, pair in enumerate(pairs)]
    return section("matches", "Match queue", f"{lead} {more}".strip(), *folds, Html(how))


def _title(pair: Pair) -> Html:
    both = pair.source_a if pair.source_a == pair.source_b else f"{pair.source_a} and {pair.source_b}"
    return Html(
        f"<strong>{percent(pair.probability)}</strong> one person, of {escape(both)} "
        f'<span class="quiet">pair {escape(pair.pair_id)}</span>'
    )


def _side_by_side(pair: Pair) -> Html:
    heads = ("Field", "A", "B", "Agreement", Head("For one person, in bits", True))
    rows = [
        (
            item["field"].replace("_", " "),
            masked(item["field"], item["value_a"]),
            masked(item["field"], item["value_b"]),
            item["agreement"].replace("_", " "),
            _weight(item["weight"]),
        )
        for item in pair.evidence
    ]
    both = (f"{escape(source)} · {escape(customer)}" for source, customer in pair.customers)
    named = " &ensp; ".join(f"{letter}: {words}" for letter, words in zip("AB", both, strict=True))
    return Html(f'<p class="quiet">{named}</p>' + table(f"Pair {pair.pair_id}", heads, rows))


def _weight(weight: float | None) -> Html:
    if weight is None:
        return Html('<span class="quiet">–</span>')
    width = min(abs(weight) / 12, 1) * 40
    kind, start = ("good", 40.0) if weight >= 0 else ("bad", 40 - width)
    return Html(
        f'{weight:+.1f} <svg class="weight" width="80" height="10" aria-hidden="true">'
        f'<rect class="track" x="39.5" width="1" height="10"/>'
        f'<rect class="{kind}" x="{start:.1f}" width="{width:.1f}" height="10"/></svg>'
    )
