"""Model cards: what a model is for, what it read, how good it is, and where it must not be used."""

from __future__ import annotations

from ml.churn.training import ChurnTraining
from ml.clv.training import ValueTraining

_LEAVING = {"non_contractual": "no purchase in those days", "contractual": "no subscription that runs at their end"}


def churn_card(training: ChurnTraining, tags: dict[str, str]) -> str:
    """Markdown card of one churn training."""
    figures, split = training.metrics, training.split
    definition = tags.get("churn_definition", "non_contractual")
    features = ", ".join(f"`{name}`" for name in training.features)
    folds = table_of({name: f"{loss:.4f}" for name, loss in training.fold_log_loss.items()})
    return f"""# Churn within {training.lead_days} days

**Purpose.** The probability that an eligible customer has left {training.lead_days} days after the as-of date
({definition} churn: {_LEAVING[definition]}). It ranks and sizes retention work.
Its reasons say what raises the probability; a signal is not yet a cause.

**Algorithm.** `{training.recipe}` (scikit-learn), chosen from fixed recipes by log loss over folds in time within the
training dates{"" if training.fold_log_loss else "; the dates allowed no fold, so the simplest was taken"}.

**Inputs.** {len(training.features)} numbers known at the as-of date: {features}.

**Output.** One probability a customer and date; customers outside the policy's eligibility get none.

**Judged.** Trained on dates through {split.trained_through}, whose outcomes were known by {split.judged_on};
judged on the customers of {split.judged_on}. The registered model is the same recipe refitted on all
{training.refit_rows} labelled rows through {training.refit_through}: the figures are of its twin, not of itself.

{table_of({name: _figure(value) for name, value in figures.items()})}

Accuracy stands beside the accuracy of always naming the commoner outcome ({figures["majority_accuracy"]:.4f}), and
`auc` beside that of the rule (`rule_auc`: silence against the customer's own rhythm). Intervals are 95 %.

**Choice of recipe (log loss in folds).**

{folds or "No fold."}

**Limits.** {figures["judged_positives"]} churners were judged, on one date: seasons other than that one are untested.
Rows of one customer at several dates are not independent. No attribute without a date is read.

{table_of(tags)}
"""


def value_card(training: ValueTraining, settings: dict[str, float], tags: dict[str, str]) -> str:
    """Markdown card of one lifetime-value training."""
    latest = training.fits[-1]
    parts = []
    titles = {"bgnbd": "BG/NBD, weeks", "mbgnbd": "MBG/NBD, weeks", "pnbd": "Pareto/NBD, weeks"}
    purchases = (titles.get(latest.purchase_family), latest.purchases)
    for title, model in (purchases, ("Gamma-Gamma, money", latest.gamma_gamma)):
        if model:
            errors = model.standard_errors_
            rows = {name: f"{value:.6g} (error {errors[name]:.2g})" for name, value in model.params_.items()}
            parts.append(f"**{title}.** Log-likelihood {model.log_likelihood_:.4f}\n\n{table_of(rows)}\n")
    parameters = "\n".join(parts)
    judged = f"from {training.judged_from} to {training.as_of}" if training.judged_from else "not possible yet"
    reasons = {fit.as_of.isoformat(): fit.reason for fit in training.fits if fit.reason}
    return f"""# Lifetime value

**Purpose.** Expected purchase days, spend and discounted margin of the next {settings["horizon_days"]} days, to rank
customers and size budgets. By BG/NBD `probability_alive` is 1 for every one-time buyer: it is no churn score.

**Algorithm.** `{latest.family}` gives the value, `{latest.purchase_family}` the purchases. Purchases are those of
BG/NBD (Fader, Hardie, Lee 2005), MBG/NBD or Pareto/NBD, spend is Gamma-Gamma (Fader, Hardie 2013), by maximum
likelihood at every as-of date on the histories known then; `machine` is boosted trees that learnt what customers of an
earlier date spent since. This version holds the models of {len(training.fits)} dates; a past date has its own.

**Choice of family.** {latest.choice}.

**Inputs.** frequency, recency_days, age_days, monetary_value of {latest.customers} customers
({latest.repeat_customers} bought again). **Output.** probability_alive, expected_purchases_12m, expected_spend,
clv_12m = sum over months of expected purchases x spend x margin rate {settings["margin_rate"]}, discounted at
{settings["annual_discount_rate"]} a year, with its interval at {settings["interval_level"]} (the expected value's, not
that of what one customer will do; `machine` has none).

{parameters}
An error of nan means that the data do not determine the parameter: with hardly any drop-out, a and b have no scale.

**Hold-out** ({judged}), beside the customer's past pace and past spend:

{table_of({name: f"{value:.4g}" for name, value in training.metrics.items()}) or "None."}

**Limits.** No season, price or campaign is known to it; purchases and spend are taken as independent; customers who
leave do so at a purchase. Rankings by past spend alone can be as good: see the hold-out before relying on either.

{table_of(reasons)}

{table_of(tags)}
"""


def table_of(rows: dict[str, object]) -> str:
    """A Markdown table of two columns; nothing without rows."""
    if not rows:
        return ""
    # MLflow sets the cells of a table side by side without a gap.
    lines = [f"| {name}&nbsp;&nbsp; | {_shown(value)} |" for name, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines])


def _figure(value: float) -> str:
    """Counts whole, everything else in four digits."""
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) > 1 else f"{value:.4g}"


def _shown(value: object) -> str:
    text = str(value)
    return f"[{text}]({text})" if text.startswith("http") else text
