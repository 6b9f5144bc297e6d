"""The first page that `tierworks up` serves: what is open, for whom, and which command answers the same."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

from expectations.steward.markup import Html, table
from expectations.steward_page import STYLE
from include.workspace import Workspace

# Label of an address, whom it is for, the question that it answers first, and what answers it at the terminal.
_ROWS = (
    ("Dashboard", "business users", "How do customers, tiers and revenue stand?", "tierworks report"),
    ("Result", "everybody", "What did the last run publish?", "tierworks status"),
    (
        "Dictionary",
        "analysts",
        "Which tables and columns are there, and what do they mean?",
        "tierworks sql 'show tables'",
    ),
    ("dbt docs", "analysts, data engineers", "From what is a table made?", "tierworks docs"),
    ("Data Docs", "stewards", "May the figures be trusted, and what waits for me?", "tierworks quarantine"),
    ("Airflow", "data engineers", "What ran, how long did it take, what failed?", "tierworks status"),
    ("MLflow", "ML engineers", "Which model scores, and how good is it?", "tierworks models"),
)


def write_front_page(workspace: Workspace, addresses: Mapping[str, str], target: Path) -> None:
    """Write the page; an address is a URL with a remark behind it, or why there is none yet."""
    rows = [
        (_linked(label, addresses[label]), reader, question, Html(f"<code>{escape(_of(workspace, command))}</code>"))
        for label, reader, question, command in _ROWS
    ]
    heads = ("open", "for", "first question", "at the terminal")
    target.write_text(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="UTF-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(workspace.name)} · Tierworks</title><style>{STYLE.read_text(encoding='utf-8')}</style>"
        f'</head><body>\n<header><h1>{escape(workspace.name)}</h1><p class="lead">What is open on this machine. '
        "<code>make down</code> closes it.</p></header>\n"
        f"<main>{table('What is open', heads, rows)}</main></body></html>\n",
        encoding="utf-8",
    )


def _linked(label: str, address: str) -> Html:
    url, _, remark = address.partition(" ")
    if not url.startswith("http"):
        return Html(f"{escape(label)}{_remark(address)}")
    return Html(f'<a href="{escape(url)}">{escape(label)}</a>{_remark(remark.strip())}')


def _remark(words: str) -> str:
    return f'<br><span class="quiet">{escape(words)}</span>' if words else ""


def _of(workspace: Workspace, command: str) -> str:
    words = command.split(" ", 2)
    return " ".join([*words[:2], "--workspace", workspace.name, *words[2:]])
