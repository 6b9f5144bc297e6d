"""Card and plots of an uplift training."""

from __future__ import annotations

import json
from pathlib import Path

from matplotlib.figure import Figure

from ml.uplift.training import UpliftSettings, UpliftTraining

QINI_FILE = "qini.json"


def uplift_card(training: UpliftTraining, objective: str, settings: UpliftSettings, tags: dict[str, str]) -> str:
    """Markdown card of one training."""
    best, rows = training.best, training.rows
    average, low, high = best.line.average_effect(settings.confidence)
    judged = _table(
        ("learner", "Qini", "from", "to", "slope of effects", "its error"),
        [
            (
                one.name,
                f"{one.qini:.5f}",
                f"{one.qini_low:.5f}",
                f"{one.qini_high:.5f}",
                f"{one.line.slope:.3f}",
                f"{one.line.covariance[1][1] ** 0.5:.3f}",
            )
            for one in training.judged
        ],
    )
    accepted = "Its interval lies above zero: it may rank customers."
    verdict = f"**Refused**: {training.refusal}." if training.refusal else accepted
    return f"""# Uplift, campaigns: {objective}

**Purpose.** Whom a contact changes: how many outcomes more are to be expected of a customer who is contacted. Not who
is likely to buy anyway.

**Learnt from** {len(rows)} customers of past experiments whose outcome is known ({int(rows.treated.sum())} contacted,
{int((~rows.treated).sum())} held back by chance), as they were known at the month-end before. On average a contact adds
{average:.4f} outcomes ({low:.4f} to {high:.4f}).

**Algorithm.** `{best.name}`, the best Qini on {settings.folds} held-out folds of customers, made {settings.splits}
times. {verdict}

{judged}

Qini coefficients are areas between the curve of outcomes gained and that of contacting in any order, in outcomes a
customer; intervals from {settings.resamples} draws of customers, at a level raised by the number of learners.

**Output.** Expected outcomes more, on the best line through held-out scores, with the interval of that line.

**Limits.** The effect is that of past offers on those whom past campaigns chose. The interval is of customers alike by
score, not of the one person.

{_table(("", ""), list(tags.items()))}
"""


def write_files(training: UpliftTraining, folder: Path) -> None:
    """The Qini curves as a plot and as numbers, and the figures of the learners."""
    plot_qini(training, folder / "qini.png")
    curves = {
        one.name: {"share": one.curve.share[_thinned(one.curve.share)].round(6).tolist(),
                   "gained": one.curve.gained[_thinned(one.curve.share)].round(8).tolist()}
        for one in training.judged
    }  # fmt: skip
    (folder / QINI_FILE).write_text(json.dumps(curves))


def plot_qini(training: UpliftTraining, path: Path) -> None:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for one in training.judged:
        axes.plot(one.curve.share, one.curve.gained, label=f"{one.name} ({one.qini:.4f})", linewidth=1.2)
    end = training.best.curve.gained[-1]
    axes.plot([0, 1], [0, end], color="grey", linestyle="--", linewidth=1, label="any order")
    axes.set(title="Outcomes gained, a customer", xlabel="share of customers contacted", ylabel="outcomes a customer")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=90, metadata={"Software": None})


def _thinned(share) -> list[int]:
    """Places of some two hundred steps of the curve, first and last among them."""
    step = max(1, len(share) // 200)
    return [*range(0, len(share) - 1, step), len(share) - 1]


def _table(head: tuple[str, ...], rows: list[tuple]) -> str:
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])
