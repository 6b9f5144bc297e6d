"""Which version is the champion, and which may score a date."""

from __future__ import annotations

from datetime import date

from ml.tracking.store import CHALLENGER, CHAMPION, ModelStore, RegisteredVersion


def promote(store: ModelStore, candidate: RegisteredVersion, better: bool | None) -> str:
    """Give the candidate its alias; safe to repeat. Returns 'champion', 'challenger' or 'historical'.

    Without a champion the candidate becomes it. A candidate trained for an earlier date than the champion's
    only serves that past. Otherwise `better` decides; None stands for a comparison that could not be made,
    which leaves the champion in place.
    """
    champion = store.with_alias(candidate.name, CHAMPION)
    if champion and champion.version == candidate.version:
        return CHAMPION
    if champion and candidate.trained_as_of < champion.trained_as_of:
        return "historical"
    if champion is None or better:
        store.set_alias(candidate, CHAMPION)
        store.drop_alias(candidate, CHALLENGER)
        return CHAMPION
    store.set_alias(candidate, CHALLENGER)
    return CHALLENGER


def version_for(store: ModelStore, name: str, as_of: date) -> RegisteredVersion | None:
    """The champion if it was trained by `as_of`, else the newest version that was; None when none was.

    A date is never scored by a model that has seen what came after it.
    """
    champion = store.with_alias(name, CHAMPION)
    if champion and champion.trained_as_of <= as_of:
        return champion
    earlier = [version for version in store.versions(name) if version.trained_as_of <= as_of]
    return max(earlier, key=lambda version: (version.trained_as_of, int(version.version)), default=None)
