"""Small drawings in SVG: a score against its bar, and how it went over the dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from expectations.steward.markup import Html, percent

_WIDTH, _HEIGHT = 120, 28


def meter(score: float | None, threshold: float | None, severity: str | None = "warning") -> Html:
    """A bar from 0 to 1 with a tick where the threshold is."""
    if score is None:
        return Html("")
    missed = "bad" if severity == "blocking" else "warn"
    kind = "plain" if threshold is None else "good" if score >= threshold else missed
    tick = f'<rect class="tick" x="{threshold * 100 - 0.5:.2f}" width="1.6" height="12"/>' if threshold else ""
    return Html(
        '<svg class="meter" viewBox="0 0 101 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" y="3" width="100" height="6"/>'
        f'<rect class="{kind}" y="3" width="{score * 100:.2f}" height="6"/>{tick}</svg>'
    )


def sparkline(history: Sequence[tuple[date, float]], threshold: float | None) -> Html:
    """Scores by date as a line, its bar dashed; nothing is drawn of fewer than two dates, or of a score that stays."""
    if len(history) < 2:
        return Html('<span class="quiet">no history</span>')
    scores = [score for _, score in history]
    if max(scores) - min(scores) < 0.0005:
        return Html(f'<span class="quiet">steady since {history[0][0]}</span>')
    bar = [threshold] if threshold else []
    low, high = min(scores + bar), max(scores + bar)
    spread = max(high - low, 0.02)  # a change of half a point must not look like a fall
    low = max(0.0, min(low, high - spread))

    def y(score: float) -> float:
        return 3 + (_HEIGHT - 6) * (1 - (score - low) / spread)

    step = (_WIDTH - 8) / (len(history) - 1)
    points = " ".join(f"{4 + step * number:.1f},{y(score):.1f}" for number, score in enumerate(scores))
    dashed = f'<path class="bar" d="M0 {y(threshold):.1f}H{_WIDTH}"/>' if threshold else ""
    (first, start), (last, end) = history[0], history[-1]
    words = f"from {percent(start)} on {first} to {percent(end)} on {last}"
    return Html(
        f'<svg class="spark" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        'preserveAspectRatio="xMinYMid" '
        f'aria-label="{words}"><title>{words}</title>{dashed}<polyline points="{points}"/>'
        f'<circle cx="{_WIDTH - 4}" cy="{y(end):.1f}" r="2.5"/></svg>'
    )


def outcome_bar(passed: int, warnings: int, blocking: int) -> Html:
    width = 160 / max(passed + warnings + blocking, 1)
    good, warn = passed * width, warnings * width
    return Html(
        '<svg class="outcomes" width="160" height="10" aria-hidden="true">'
        f'<rect class="good" width="{good:.1f}" height="10"/>'
        f'<rect class="warn" x="{good:.1f}" width="{warn:.1f}" height="10"/>'
        f'<rect class="bad" x="{good + warn:.1f}" width="{blocking * width:.1f}" height="10"/></svg>'
    )
