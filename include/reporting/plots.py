"""The plots of the result page, each a self-contained SVG."""

from __future__ import annotations

import io

TIER_COLOURS = ("#1b4965", "#c9a227", "#8d99ae", "#b08968", "#6c757d", "#adb5bd")
_INK, _ACCENT, _SOFT = "#22303c", "#1b6ca8", "#dfe6ec"


def tier_bars(tiers: list[tuple[str, int, float]]) -> str:
    """Customers and revenue share of each tier, best first. `tiers` holds (tier, customers, revenue share 0..1)."""
    figure, axes = _figure()
    names = [name for name, _, _ in tiers]
    people = sum(customers for _, customers, _ in tiers) or 1
    for offset, values, label, colours in (
        (-0.2, [customers / people for _, customers, _ in tiers], "customers", [_SOFT] * len(tiers)),
        (0.2, [share for _, _, share in tiers], "revenue of 12 months", TIER_COLOURS),
    ):
        bars = axes.barh([index + offset for index in range(len(tiers))], values, 0.36, color=colours[: len(tiers)])
        axes.bar_label(bars, [f"{value:.0%} {label}" for value in values], padding=4, fontsize=8, color=_INK)
    axes.set_yticks(range(len(tiers)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.25)
    axes.xaxis.set_visible(False)
    return _svg(figure)


def movement_grid(moves: list[tuple[str, str, int, float]], order: list[str]) -> str:
    """Share of each former tier (row) that is in each tier now (column), with customer counts.

    `moves` holds (from tier, to tier, customers, share of the from tier 0..1); `order` the tiers, best first.
    """
    figure, axes = _figure()
    rows = [name for name in [*order, "new"] if any(move[0] == name for move in moves)]
    found = {(origin, target): (customers, share) for origin, target, customers, share in moves}
    grid = [[found.get((origin, target), (0, 0.0))[1] for target in order] for origin in rows]
    if grid:
        axes.pcolormesh(grid, cmap="Blues", vmin=0, vmax=1)
    for y, origin in enumerate(rows):
        for x, target in enumerate(order):
            customers, share = found.get((origin, target), (0, 0.0))
            if customers:
                ink = "white" if share > 0.6 else _INK
                words = f"{customers:,}\n{share:.0%}"
                axes.text(x + 0.5, y + 0.5, words, ha="center", va="center", fontsize=8, color=ink)
    axes.set_xticks([x + 0.5 for x in range(len(order))], order)
    axes.set_yticks([y + 0.5 for y in range(len(rows))], rows)
    axes.invert_yaxis()
    axes.set_xlabel("tier now")
    axes.set_ylabel("tier a month before")
    return _svg(figure)


def calibration_curve(bins: list[tuple[float, float, int]], base_rate: float) -> str:
    """Predicted against observed churn. `bins` holds (mean predicted, observed share, customers)."""
    figure, axes = _figure()
    axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=2, label="perfect")
    largest = max((customers for _, _, customers in bins), default=1)
    sizes = [20 + 180 * customers / largest for _, _, customers in bins]
    axes.scatter([p for p, _, _ in bins], [o for _, o, _ in bins], s=sizes, color=_ACCENT, alpha=0.85, zorder=3)
    axes.axhline(base_rate, color="#b3402a", linewidth=1, linestyle="--", label=f"base rate {base_rate:.1%}")
    top = max([0.05, *(max(p, o) for p, o, _ in bins)]) * 1.15
    axes.set_xlim(0, min(top, 1.02))
    axes.set_ylim(-0.02 * top, min(top, 1.02))
    axes.set_xlabel("predicted probability of leaving")
    axes.set_ylabel("share that left")
    axes.legend(frameon=False, fontsize=8)
    return _svg(figure)


def value_histogram(values: list[float], currency: str) -> str:
    """Customers by expected margin of the next 12 months, in `currency`; the top 1 % is drawn as one bar."""
    import numpy

    figure, axes = _figure()
    if values:
        top = float(numpy.quantile(values, 0.99)) or 1.0
        axes.hist(numpy.clip(values, 0, top), bins=40, color=_ACCENT)
        median = float(numpy.median(values))
        axes.axvline(median, color="#b3402a", linewidth=1, linestyle="--", label=f"median {median:,.0f}")
        axes.legend(frameon=False, fontsize=8)
    axes.set_xlabel(f"expected margin of the next 12 months, {currency} (last bar: the top 1 %)")
    axes.set_ylabel("customers")
    return _svg(figure)


def _figure():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=_INK, labelsize=8)
    return figure, axes


def _svg(figure) -> str:
    import matplotlib

    output = io.StringIO()
    # A fixed salt and no date: the same data draws the same bytes.
    with matplotlib.rc_context({"svg.hashsalt": "tierworks", "svg.fonttype": "path"}):
        figure.savefig(output, format="svg", metadata={"Date": None})
    text = output.getvalue()
    return text[text.index("<svg") :]
