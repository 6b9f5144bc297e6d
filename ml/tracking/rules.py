"""What a policy asks of a candidate before it may score in the champion's place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ml.evaluation.directions import improvement
from ml.tracking.groups import CUSTOMERS, group_metric, split_group_metric


@dataclass(frozen=True)
class Promotion:
    """`minimum_improvement` in the unit of the metric that leads; `model` is a name or its beginning."""

    model: str
    minimum_improvement: float = 0.0
    require_approval: bool = False


@dataclass(frozen=True)
class Guard:
    """Bounds of one figure, and by how much it may be worse than the champion's; None where there is no bound."""

    name: str
    model: str
    metric: str
    at_least: float | None = None
    at_most: float | None = None
    worse_by_at_most: float | None = None
    in_each_group: bool = False

    def objections(self, own: float, rival: float | None) -> Iterator[str]:
        """Why the figure speaks against the candidate; a bound that the champion misses by as much is no reason."""
        here, there = self._outside(own), self._outside(rival) if rival is not None else 0.0
        if here > there:
            bounds = " to ".join(f"{bound:g}" for bound in (self.at_least, self.at_most) if bound is not None)
            yield f"{self.metric} {own:.4g} is outside {bounds}"
        if self.worse_by_at_most is None or rival is None:
            return
        worse = -improvement(self.metric, own, rival)
        if worse > self.worse_by_at_most:
            yield f"{self.metric} {own:.4g} is worse than the champion's {rival:.4g} by {worse:.4g}"

    def _outside(self, figure: float) -> float:
        below = self.at_least - figure if self.at_least is not None else 0.0
        above = figure - self.at_most if self.at_most is not None else 0.0
        return max(below, above, 0.0)


@dataclass(frozen=True)
class PromotionPolicy:
    """`promotion` and `guards` as in the policy; `minimum_group` customers below which a group is not looked at."""

    promotion: tuple[Promotion, ...] = ()
    guards: tuple[Guard, ...] = ()
    minimum_group: int = 1
    keep_versions: int = 10

    def of(self, name: str) -> Promotion:
        """The first entry that fits the model's name; one that asks for nothing where there is none."""
        return next((one for one in self.promotion if _fits(one.model, name)), Promotion(name))

    def objections(self, name: str, own: Mapping[str, float], rival: Mapping[str, float]) -> list[str]:
        """What speaks against a candidate, in words.

        Parameters
        ----------
        own, rival : figures by name of the candidate, and of the champion on the same rows
        """
        found = []
        for guard in (guard for guard in self.guards if _fits(guard.model, name)):
            for metric, where in self._looked_at(guard, own):
                words = guard.objections(own[metric], rival.get(metric))
                found += [f"{guard.name}: {where}{one}" for one in words]
        return found

    def _looked_at(self, guard: Guard, own: Mapping[str, float]) -> Iterator[tuple[str, str]]:
        if not guard.in_each_group:
            if guard.metric in own:
                yield guard.metric, ""
            return
        for name in sorted(own):
            place = split_group_metric(name)
            if place is None or place.metric != guard.metric:
                continue
            customers = own.get(group_metric(place.grouping, place.group, CUSTOMERS), self.minimum_group)
            if customers >= self.minimum_group:
                yield name, f"{place.grouping} {place.group}: "


def _fits(model: str, name: str) -> bool:
    return name == model or name.startswith(f"{model}_")
