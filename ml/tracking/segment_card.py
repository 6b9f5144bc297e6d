"""Card and plots of a segmentation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ml.segments.training import SegmentSettings, SegmentTraining

_COLOURS = "RdBu_r"


def segment_card(training: SegmentTraining, settings: SegmentSettings, tags: dict[str, str]) -> str:
    """Markdown card of one segmentation."""
    model, chosen = training.model, training.chosen
    features = ", ".join(f"`{feature.metric}` ({feature.scale})" for feature in model.scaling.features)
    left_out = [one.metric for one in settings.features if one not in model.scaling.features]
    tried = _table(
        ("segments", "silhouette", "stability", "smallest"),
        [
            (one.clusters, f"{one.silhouette:.3f}", f"{one.stability:.3f}", f"{one.smallest_share:.1%}")
            for one in training.candidates
        ],
    )
    found = _table(
        ("no", "name", "名称", "customers", "traits"),
        [
            (number, name.en, name.zh, int(size), name.traits_en)
            for number, name, size in zip(model.numbers, model.names, training.sizes, strict=True)
        ],
    )
    return f"""# Segments of customers

**Purpose.** Groups of customers who behave alike, to speak to each in its own way. They describe; they predict nothing.

**Algorithm.** k-means on standardised metrics (logarithm of those with a long tail, 3 standard deviations at most).
The number is the one with the best silhouette among those whose segments are found again in random halves of the
customers (mean adjusted Rand index of at least {settings.minimum_stability}) and hold {settings.minimum_share:.0%} of
them or more; else the most stable. Silhouette {training.silhouette:.3f}, stability {chosen.stability:.3f}.

{tried}

**Inputs.** {features}. Unknown values are at the median. Left out, since too few customers know them or all are alike:
{", ".join(left_out) or "none"}.

**Output.** A segment of every buyer, with how clearly it is theirs (0 half-way to another, 1 at the centre). A segment
keeps its number from model to model while its centre stays within half a standard deviation.

{found}

**Limits.** Customers form no sharp groups: whoever has a low clearness could as well be in the next one. Names tell
in what the mean of a segment is far from that of everybody; they do not hold for each member.

{_table(("", ""), list(tags.items()))}
"""


def plot_sizes(training: SegmentTraining, path: Path) -> None:
    """Customers in each segment."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    labels = _labels(training)
    axes.barh(labels[::-1], training.sizes[::-1])
    axes.set(title="Customers by segment", xlabel="customers")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=90, metadata={"Software": None})


def plot_centres(training: SegmentTraining, path: Path) -> None:
    """Heat map of the centres: standard deviations from the mean of everybody."""
    model = training.model
    figure = Figure(figsize=(9, 1.5 + 0.5 * len(model.numbers)), layout="constrained")
    axes = figure.subplots()
    drawn = axes.imshow(model.centres, cmap=_COLOURS, vmin=-2, vmax=2, aspect="auto")
    metrics = [feature.metric for feature in model.scaling.features]
    axes.set_xticks(range(len(metrics)), metrics, rotation=30, ha="right")
    axes.set_yticks(range(len(model.numbers)), _labels(training))
    for row, column in np.ndindex(*model.centres.shape):
        value = model.centres[row, column]
        axes.text(column, row, f"{value:+.1f}", ha="center", va="center", color="w" if abs(value) > 1.2 else "k")
    axes.set_title("Centres, standard deviations from everybody")
    figure.colorbar(drawn, ax=axes)
    figure.savefig(path, dpi=90, metadata={"Software": None})


def _labels(training: SegmentTraining) -> list[str]:
    model = training.model
    return [f"{number} {name.en}" for number, name in zip(model.numbers, model.names, strict=True)]


def _table(head: tuple[str, ...], rows: list[tuple]) -> str:
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])
