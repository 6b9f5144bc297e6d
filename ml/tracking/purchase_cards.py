"""Cards and plots of the models of purchases: the probability to buy from a category, and lists of products."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from matplotlib.figure import Figure

from ml.next_purchase.categories import FEATURES
from ml.recommendation.judging import Judgement
from ml.recommendation.served import ListSettings
from ml.tracking.cards import table_of


def propensity_card(figures: dict[str, float], settings: dict, span: tuple[date, date], tags: dict[str, str]) -> str:
    """Markdown card of one training of the probability to buy from a category."""
    return f"""# Probability to buy from a category

**Purpose.** The probability that a customer buys from a category within {settings["probability_days"]} days: to choose
what to speak about, and to size a campaign. It says nothing of what a campaign would change.

**Algorithm.** Boosted trees (log loss), of which more days with a purchase and a later last one can only raise the
probability. Of more than {settings["training_rows"]:,} pairs of customer and category some are left out evenly.

**Inputs.** Of a pair: {", ".join(f"`{name}`" for name in FEATURES)}; and their share of purchase days, pace and
silence. No attribute of a person is read.

**Output.** Probabilities of not buying and of buying. Asked about are the categories that the customer has bought from,
and the most popular ones.

**Judged** on what was bought from {span[0]} to {span[1]}, by a twin that learnt from the days before. `rule_…` is the
customer's own rate, `category_hit_rate` the share of those who came back whose likeliest category came next, beside
their favourite's. `rival_…` are the champion's figures for the same customers.

{table_of({name: f"{value:.4g}" for name, value in sorted(figures.items())})}

**Limits.** One span of days was judged: other seasons are untested. Prices, campaigns and stock are not known to it.

{table_of(tags)}
"""


def recommendation_card(
    judged: Judgement, settings: ListSettings, span: tuple[date, date], tags: dict[str, str]
) -> str:
    """Markdown card of one choice of how lists are made."""
    figures = {
        method: f"hit rate {judged.hit_rate[method]:.4f}, precision {judged.precision[method]:.4f}"
        for method in judged.hit_rate
    }
    return f"""# Lists of recommendations

**Purpose.** The {settings.list_length} products that each customer is likeliest to buy, one list for every channel.

**Algorithm.** Products are alike when the same customers buy them (cosine, shrunk where few do; the
{settings.neighbours} nearest count). A list adds up likeness to each of the customer's own products, and on top
{judged.blend.again:g} times having bought the product and {judged.blend.popular:g} times its popularity. These two
weights are what is learnt: those that hit most in the days before the judged ones, out of a fixed grid. Likeness is
counted anew from the purchases of each date.

**Inputs.** customer_id, product_id, day and is_return of purchases. What was given back, is retired, or was unsold for
{settings.unsold_days} days is in no list. **Output.** customer_id, place, product_id, score, reason.

**Judged** on {judged.customers} customers who bought from {span[0]} to {span[1]} and before. `own_repeats` is one's own
frequent products, `popularity` those of everybody, `rival` the lists by the champion's weights.

{table_of(figures)}

**Limits.** A hit is a purchase that would mostly have come without the list; only an experiment tells what lists bring.

{table_of(tags)}
"""


def plot_methods(hit_rate: dict[str, float], path: Path) -> None:
    """Hit rate of the lists beside what they must beat."""
    figure = Figure(figsize=(6, 2.5), layout="constrained")
    axes = figure.subplots()
    names = list(hit_rate)[::-1]
    bars = axes.barh([name.replace("_", " ") for name in names], [hit_rate[name] for name in names])
    axes.bar_label(bars, fmt="{:.3f}", padding=3)
    axes.set(title="Customers with a hit", xlabel="share of those who came back")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=90, metadata={"Software": None})
