"""Values of the report as HTML, in English or Chinese: figures by their unit, states in words and signs, drawings."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from include.dashboard.words import Words
from include.reporting.management.drawings import bar, line

WORDS = {
    "met": ("✓ met", "✓ 达标"),
    "near": ("~ near", "~ 接近"),
    "missed": ("✗ missed", "✗ 未达标"),
    "in_progress": ("in progress", "进行中"),
    "no_target": ("no target", "无目标"),
    "no_year_before": ("no year before", "无去年数据"),
    "unknown": ("unknown", "未知"),
    "up": ("↗ up", "↗ 上升"),
    "down": ("↘ down", "↘ 下降"),
    "flat": ("→ flat", "→ 持平"),
}
_SHARES = {"share", "ratio"}
NUMBERS = {"count", "share", "money", "number", "figure", "bar"}


def said(word: str, lang: str) -> str:
    """A state in the language of the report."""
    return WORDS[word][lang == "zh"] if word in WORDS else word


def cell(value: object, kind: str, row: Mapping[str, object], lang: str) -> str:
    """HTML of one value; what is unknown is a dash."""
    if value is None or (isinstance(value, float) and value != value):
        return "–"
    if kind == "line":
        values = [float(one) for one in value]
        return line(values, f"{values[0]:,.4g} → {values[-1]:,.4g}" if values else "")
    if kind in ("status", "trend"):
        return f'<span class="{escape(str(value))}">{escape(said(str(value), lang))}</span>'
    if kind == "code":
        return escape(Words(lang).value(value))
    if kind == "bar":
        return f"{_share(value)} {bar(float(value))}"
    return escape(plain(value, kind, row))


def plain(value: object, kind: str, row: Mapping[str, object]) -> str:
    """The value as text."""
    if kind == "figure":
        kind = "share" if row.get("unit") in _SHARES else "number"
    if kind == "share":
        return _share(value)
    if kind == "count":
        return f"{int(value):,}"
    if kind == "money":
        return f"{float(value):,.0f}"
    if kind == "number":
        number = float(value)
        return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:,.4g}"
    return str(value)


def _share(value: object) -> str:
    return f"{float(value) * 100:.1f} %"
