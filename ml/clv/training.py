"""Fitting lifetime value at every as-of date, by the family that purchases known at the date speak for."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pyarrow.compute as pc

from ml.clv.families import FAMILIES, MACHINE, ChoiceRule
from ml.clv.gamma_gamma import GammaGammaModel
from ml.clv.holdout import Holdout
from ml.clv.machine import MachineModel
from ml.clv.maximum import FlatLikelihood
from ml.clv.purchase_model import PurchaseModel
from ml.clv.summaries import DAYS_PER_UNIT, Summaries, histories, what_followed
from ml.clv.value_fit import ValueFit
from ml.errors import DidNotConverge, NotEnoughHistory

_SHORTEST_HOLDOUT_DAYS = 28
_LONGEST_HOLDOUT_DAYS = 365
_NEARLY = 0.1  # so far may the length of two outcomes differ, and one still speak for the other


@dataclass(frozen=True)
class ValueTraining:
    """Fits of all dates up to `as_of`, in date order, and the hold-out of the last, None where none was possible."""

    as_of: date
    fits: list[ValueFit]
    holdout: Holdout | None

    @cached_property
    def metrics(self) -> dict[str, float]:
        if not self.holdout:
            return {}
        return self.holdout.metrics(self.fits[-1].family, self.fits[-1].purchase_family)

    @property
    def judged_from(self) -> date | None:
        return self.holdout and self.holdout.start


def train_value_models(
    summaries: Summaries,
    rule: ChoiceRule,
    horizon_days: int = 365,
    known: Mapping[date, ValueFit] | None = None,
) -> ValueTraining:
    """Choose a family at every date of the summaries on a hold-out known by then, and fit it there.

    Parameters
    ----------
    rule : candidates and how one of them is chosen
    horizon_days : how far ahead the value reaches, for the candidate that learns one length of time
    known : fits of an earlier training by the same code and rule; one of an equal history is taken as it is

    A date whose data do not support a model keeps the reason instead; it is no error.
    """
    models = _Models(summaries, rule, horizon_days)
    fits, holdout = [], None
    for day, history in summaries.history.items():
        earlier = known.get(day) if known else None
        is_last = day == summaries.dates[-1]
        if earlier and earlier.history == history and not is_last:
            fits.append(earlier)
            continue
        holdout = models.holdout(day)
        fits.append(models.fit(day, holdout, history))
    is_judged = bool(fits) and fits[-1].as_of == summaries.as_of
    return ValueTraining(summaries.as_of, fits, holdout if is_judged else None)


class _Models:
    """Candidates fitted at the dates that ask for them, each once."""

    def __init__(self, summaries: Summaries, rule: ChoiceRule, horizon_days: int):
        self.summaries, self._rule, self._horizon_days = summaries, rule, horizon_days
        self._families = [name for name in rule.candidates if name in FAMILIES]
        self._fitted: dict[tuple[date, str], object] = {}

    def fit(self, day: date, holdout: Holdout | None, history: str) -> ValueFit:
        """The chosen family at the date; where it cannot be fitted the next of the candidates takes its place."""
        figures = holdout.figures() if holdout else {}
        family, choice = self._rule.choose(figures)
        machine = self._try(day, MACHINE) if family == MACHINE else None
        if family == MACHINE:
            told = choice
            family, choice = self._rule.choose({name: of for name, of in figures.items() if name != MACHINE})
            choice = f"{told}; purchases by {choice}"
        order = sorted(self._families, key=lambda name: name != family)
        fitted = [(name, found) for name in order if isinstance(found := self._try(day, name), PurchaseModel)]
        x, *_ = histories(self.summaries.at(day))
        counts = {"customers": len(x), "repeat_customers": int((x > 0).sum()), "history": history}
        if not fitted:
            return ValueFit(day, None, None, None, None, None, choice, self._try(day, order[0]), **counts)
        name, purchases = fitted[0]
        spend = self._try(day, "gamma_gamma")
        reason = spend if isinstance(spend, str) else None
        machine = machine if isinstance(machine, MachineModel) else None
        models = (purchases, None if reason else spend, machine, MACHINE if machine else name, name)
        return ValueFit(day, *models, choice, None if machine else reason, **counts)

    def holdout(self, day: date) -> Holdout | None:
        """That of the date nearest the middle of the history, or a year back if that is later, where a model fits."""
        start = next(
            (
                one
                for one in self._earlier(day)
                if any(isinstance(self._try(one, f), PurchaseModel) for f in self._families)
            ),
            None,
        )
        return start and self._judged(start, day)

    def _earlier(self, day: date) -> list[date]:
        ages = self.summaries.at(day)["age_days"]
        span = int(pc.max(ages).as_py() or 0) if len(ages) else 0
        wanted = day - timedelta(days=min(span // 2, _LONGEST_HOLDOUT_DAYS))
        last = day - timedelta(days=_SHORTEST_HOLDOUT_DAYS)
        return sorted((one for one in self.summaries.dates if one <= last), key=lambda one: abs(one - wanted))

    def _judged(self, start: date, end: date) -> Holdout:
        before = self.summaries.at(start)
        x, t_x, age, spend = histories(before)
        bought, spent = what_followed(before, self.summaries.at(end))
        days = [day for day in self.summaries.dates if start < day <= end]
        units = [(day - start).days / DAYS_PER_UNIT for day in days]
        models = {name: self._try(start, name) for name in self._families}
        models = {name: model for name, model in models.items() if isinstance(model, PurchaseModel)}
        tracked = {
            name: [model.expected_purchases(time, x, t_x, age) for time in units] for name, model in models.items()
        }
        purchases = {name: expected[-1] for name, expected in tracked.items()}
        money, expected_spend = self._try(start, "gamma_gamma"), {}
        if isinstance(money, GammaGammaModel):
            paid = np.where(np.nan_to_num(spend) > 0, x, 0.0)
            each = money.expected_spend(paid, np.nan_to_num(spend))
            expected_spend = {name: expected * each for name, expected in purchases.items()}
        machine = self._machine(start, (end - start).days) if self._machine_can_serve(end) else None
        if isinstance(machine, MachineModel):
            expected_spend[MACHINE] = machine.expected_spend(before, (end - start).days)
        return Holdout(
            start,
            end,
            frequency=x,
            past_spend=x * np.nan_to_num(spend),
            pace=np.divide(x, age, out=np.zeros_like(x), where=age > 0) * units[-1],
            actual_purchases=bought,
            actual_spend=spent,
            alive=next(iter(models.values())).probability_alive(x, t_x, age),
            purchases=purchases,
            spend=expected_spend,
            days=days,
            observed=np.array([what_followed(before, self.summaries.at(day))[0].sum() for day in days]),
            tracked={name: np.array([one.sum() for one in expected]) for name, expected in tracked.items()},
        )

    def _try(self, day: date, name: str):
        """A model fitted at the date, or the reason why there is none."""
        if (day, name) not in self._fitted:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FlatLikelihood)
                try:
                    self._fitted[day, name] = self._new(day, name)
                except (NotEnoughHistory, DidNotConverge) as fault:
                    self._fitted[day, name] = str(fault)
        return self._fitted[day, name]

    def _new(self, day: date, name: str):
        if name == MACHINE:
            return self._machine(day, self._horizon_days)
        x, t_x, age, spend = histories(self.summaries.at(day))
        if name == "gamma_gamma":
            paying = (x > 0) & (np.nan_to_num(spend) > 0)
            return GammaGammaModel().fit(x[paying], spend[paying])
        return FAMILIES[name]().fit(x, t_x, age)

    def _machine_can_serve(self, day: date) -> bool:
        return MACHINE in self._rule.candidates and self._taught_from(day, self._horizon_days) is not None

    def _machine(self, day: date, length: int) -> MachineModel | None:
        """Learnt from what customers spent in about `length` days up to the date; None where nobody can tell."""
        start = self._taught_from(day, length)
        if start is None:
            return None
        rows = self.summaries.at(start)
        try:
            return MachineModel().fit(rows, what_followed(rows, self.summaries.at(day))[1], (day - start).days)
        except NotEnoughHistory:
            return None

    def _taught_from(self, day: date, length: int) -> date | None:
        wanted = day - timedelta(days=length)
        start = min(self.summaries.dates, key=lambda one: abs(one - wanted))
        return start if start < day and abs(start - wanted).days <= _NEARLY * length else None
