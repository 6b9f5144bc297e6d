"""Small drawings of the report, as SVG without text: the numbers beside them tell the values."""

from __future__ import annotations

from collections.abc import Sequence

_WIDTH, _HEIGHT = 110, 24


def line(values: Sequence[float], words: str) -> str:
    """Values in their order as a line; nothing is drawn of fewer than two. `words` is read to who cannot see it."""
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    spread = (high - low) or 1.0
    step = (_WIDTH - 8) / (len(known) - 1)
    places = [(4 + step * n, 3 + (_HEIGHT - 6) * (1 - (value - low) / spread)) for n, value in enumerate(known)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    return (
        f'<svg class="line" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="{words}"><polyline points="{points}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.4"/></svg>'
    )


def bar(share: float) -> str:
    """A share from 0 to 1 as a bar."""
    width = 80 * min(max(share, 0), 1)
    return (
        '<svg class="bar" viewBox="0 0 80 10" width="80" height="10" aria-hidden="true">'
        f'<rect class="track" width="80" height="10"/><rect class="fill" width="{width:.1f}" height="10"/></svg>'
    )
