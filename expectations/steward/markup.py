"""HTML that all parts of the page share: tables that stack on a phone, outcomes in words, folds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape


class Html(str):
    """Text that is HTML already; any other text is escaped."""


@dataclass(frozen=True)
class Head:
    """A column of a table; numbers stand at the right."""

    label: str
    number: bool = False


def cell(value: object) -> str:
    return value if isinstance(value, Html) else escape("" if value is None else str(value))


def table(
    caption: str, heads: Sequence[str | Head], rows: Iterable[Sequence[object]], show_caption: bool = False
) -> Html:
    """A table whose rows become cards on a narrow screen: each cell carries its column's label."""
    columns = [head if isinstance(head, Head) else Head(head) for head in heads]
    header = "".join(f'<th scope="col"{_numeric(head)}>{escape(head.label)}</th>' for head in columns)
    body = "\n".join(_row(columns, row) for row in rows)
    hidden = "" if show_caption else ' class="unseen"'
    return Html(
        f"<table><caption{hidden}>{escape(caption)}</caption><thead><tr>{header}</tr></thead>\n"
        f"<tbody>{body}</tbody></table>"
    )


def _row(columns: Sequence[Head], values: Sequence[object]) -> str:
    """The first cell names the row."""
    cells = []
    for number, (head, value) in enumerate(zip(columns, values, strict=True)):
        tag, scope = ("td", "") if number else ("th", ' scope="row"')
        label = f' data-label="{escape(head.label)}"'
        cells.append(f"<{tag}{scope}{label}{_numeric(head)}><div>{cell(value)}</div></{tag}>")
    return f"<tr>{''.join(cells)}</tr>"


def _numeric(head: Head) -> str:
    return ' class="number"' if head.number else ""


def moment(at: datetime) -> Html:
    return Html(f'<span class="moment">{at:%Y-%m-%d %H:%M}</span>')


def outcome(passed: bool | None, severity: str | None = "warning") -> Html:
    """An outcome in a word and a sign, so that no meaning hangs on colour."""
    if passed is None:
        return Html('<span class="mark quiet">– not judged</span>')
    if passed:
        return Html('<span class="mark good">✓ healthy</span>')
    word, kind = ("✗ blocking", "bad") if severity == "blocking" else ("! warning", "warn")
    return Html(f'<span class="mark {kind}">{word}</span>')


def fold(summary: object, content: object, is_open: bool = False) -> Html:
    return Html(f"<details{' open' if is_open else ''}><summary>{cell(summary)}</summary>\n{cell(content)}\n</details>")


def section(anchor: str, title: str, lead: str, *parts: object) -> Html:
    content = "\n".join(cell(part) for part in parts)
    return Html(
        f'<section id="{anchor}" aria-labelledby="{anchor}-title"><h2 id="{anchor}-title">{escape(title)}</h2>\n'
        f'<p class="lead">{escape(lead)}</p>\n{content}\n</section>'
    )


def percent(score: float | None) -> str:
    """A share in words; never 100 % of what is not whole."""
    if score is None:
        return "–"
    shown = f"{score * 100:.1f} %"
    return "99.9 %" if shown == "100.0 %" and score < 1 else shown


def count_of(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
