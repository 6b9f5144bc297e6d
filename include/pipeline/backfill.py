"""Telling past dates: which dates a backfill is about, one of them told, and the way back to the latest."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from include.pipeline import steps
from include.pipeline.news import news_since
from include.policies.reader import read_policies
from include.publishing.versions import list_versions
from include.warehouse.as_of import last_plausible_order_date
from include.warehouse.builds import LAYERS, current_build
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from include.workspace_lock import workspace_lock

Progress = Callable[[str], None]
MONTH_ENDS, WEEKLY, DATES = "month-ends", "weekly", "dates"


class BackfillRefused(ValueError):
    """What was asked for cannot be told; the message has every reason, and nothing was written."""


@dataclass(frozen=True)
class Backfill:
    """What is asked for: `dates` themselves, or the month-ends or every seventh day from `first` to `last`."""

    step: str = MONTH_ENDS
    first: date | None = None
    last: date | None = None
    dates: tuple[date, ...] = ()
    publish: bool = True
    score: bool = True

    def days(self) -> list[date]:
        """The dates, the latest first.

        Each date then gets the models it would have got on its own evening: a model that is trained for it has not
        been trained for an earlier date of the same backfill already.

        Raises
        ------
        BackfillRefused: the parameters name no date.
        """
        if self.step == DATES:
            found = set(self.dates)
        elif self.first is None or self.last is None:
            raise BackfillRefused(f"{self.step} need a first and a last date, such as 2024-09-01 and 2024-09-30.")
        else:
            every = {MONTH_ENDS: _month_ends, WEEKLY: _every_week}[self.step]
            found = set(every(self.first, self.last))
        if not found:
            between = "no dates are given" if self.step == DATES else f"none between {self.first} and {self.last}"
            if self.step != DATES and self.first > self.last:
                between = f"the first date, {self.first}, is after the last, {self.last}"
            raise BackfillRefused(f"there is no date to tell: {self.step}, {between}.")
        return sorted(found, reverse=True)


def plan_backfill(workspace: Workspace, wanted: Backfill) -> list[date]:
    """The dates to tell, the latest first. Reads only.

    Raises
    ------
    BackfillRefused: a date that nothing is known of, or a workspace that has not published yet.
    PolicyError: a policy file is faulty.
    """
    keep = read_policies(workspace)["publishing"]["keep_past_dates"]
    days = wanted.days()
    faults = []
    if wanted.publish and not wanted.score:
        faults.append("a version is published with the scores of its date: leave scores on, or publishing off.")
    if wanted.publish and len(days) > keep:
        faults.append(
            f"{len(days)} dates are to be published and keep_past_dates of publishing.yml keeps {keep}: "
            "raise it, or tell fewer."
        )
    if not workspace.current.exists():
        raise BackfillRefused(f"{workspace.name} has published nothing yet: run it once, then fill its past.")
    with workspace_lock(workspace, "plan a backfill"), open_warehouse(workspace, read_only=True) as connection:
        first_order = connection.execute("select min(ordered_on) from raw.orders").fetchone()[0]
        latest = _latest_date(workspace, connection)
    if first_order is None:
        raise BackfillRefused(f"{workspace.name} has no orders, and so no past to tell.")
    if early := [day for day in days if day < first_order]:
        faults.append(f"{_listed(early)}: before the first order of {workspace.name}, on {first_order}.")
    if late := [day for day in days if day > latest]:
        faults.append(f"{_listed(late)}: in the future of {workspace.name}, which knows of nothing after {latest}.")
    if faults:
        raise BackfillRefused("\n".join(faults))
    return days


def tell_past_date(
    workspace: Workspace, day: date, wanted: Backfill, context: dict[str, str], progress: Progress = print
) -> str | None:
    """Build, score, audit and publish one date beside what readers see; returns the build's id.

    None when a version of the date says all there is already: a backfill that was stopped goes on where it was.
    """
    if wanted.publish:
        with workspace_lock(workspace, "look for news"):
            told = next((version for version in list_versions(workspace) if version.as_of_date == day), None)
            reason = news_since(workspace, told) if told else "no version tells it"
        if reason is None:
            progress(f"{day}: version {told.build_id} says all there is")
            return None
        progress(f"{day}: {reason}")
    _tell(workspace, day, wanted.score, context, progress)
    if wanted.publish:
        return steps.publish(workspace, day, progress, aside=True).build_id
    with open_warehouse(workspace, read_only=True) as connection:
        return current_build(connection).build_id


def return_to_latest(workspace: Workspace, context: dict[str, str], progress: Progress = print) -> date:
    """Leave the working warehouse as a night leaves it: at the latest date, scored and audited; returns the date.

    Readers' version is not touched.
    """
    with workspace_lock(workspace, "look for the latest date"), open_warehouse(workspace, read_only=True) as connection:
        latest, held = _latest_date(workspace, connection), current_build(connection)
    if held and held.as_of == latest and held.layers == LAYERS:
        progress(f"The warehouse holds {latest} already")
    else:
        _tell(workspace, latest, True, context, progress)
    return latest


def _tell(workspace: Workspace, day: date, score: bool, context: dict[str, str], progress: Progress) -> None:
    steps.audit(workspace, day, "raw", progress)
    steps.build(workspace, day, "core", progress=progress)
    steps.audit(workspace, day, "facts", progress)
    if score:
        steps.score(workspace, day, context, progress)
    steps.build(workspace, day, "marts", progress=progress)
    for layer in ("scores", "marts"):
        steps.audit(workspace, day, layer, progress)


def _latest_date(workspace: Workspace, connection) -> date:
    """The latest date of orders or of a version made for readers: the working warehouse may stand at a past one."""
    known = [version.as_of_date for version in list_versions(workspace) if not version.aside]
    return max([*known, last_plausible_order_date(connection) or date.min])


def _month_ends(first: date, last: date) -> Iterator[date]:
    for months in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        year, month = divmod(months, 12)
        if (end := date(year, month + 1, monthrange(year, month + 1)[1])) <= last:
            yield end


def _every_week(first: date, last: date) -> Iterator[date]:
    for weeks in range((last - first).days // 7 + 1):
        yield first + timedelta(weeks=weeks)


def _listed(days: list[date]) -> str:
    shown = ", ".join(str(day) for day in sorted(days)[:3])
    return shown if len(days) <= 3 else f"{shown} and {len(days) - 3} more"
