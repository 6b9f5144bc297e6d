"""Which version of a model tells a date, trained first where none does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from ml.errors import NotEnoughHistory
from ml.tracking.promotion import HISTORICAL, may_score, version_for
from ml.tracking.store import CHAMPION, ModelStore, RegisteredVersion


@dataclass(frozen=True)
class Telling:
    """What a model needs to tell a date: the store, the date, tags of a run that it may make, and who listens."""

    store: ModelStore
    as_of: date
    context: dict[str, str]
    progress: Callable[[str], None]


def version_to_score(
    store: ModelStore,
    name: str,
    as_of: date,
    train: Callable[[], tuple[RegisteredVersion, str]],
    progress: Callable[[str], None],
    fits: Callable[[RegisteredVersion], bool] = lambda version: True,
) -> tuple[RegisteredVersion | None, str | None]:
    """The champion, or the newest version trained by the date; or None, and the reason in words.

    Parameters
    ----------
    train : trains a version for the date: version and standing; called when none was trained by it, or the one that was
        no longer `fits`, since the policy is another
    """
    version, reason = version_for(store, name, as_of), None
    if version is None or not fits(version):
        try:
            trained, standing = train()
        except NotEnoughHistory as fault:
            version, reason = None, str(fault)
        else:
            # Where people keep the former model, or have not approved the new one, the former goes on telling.
            if version is None or standing in (CHAMPION, HISTORICAL):
                version, reason = may_score(trained, standing)
        if reason:
            progress(f"{name}: no model: {reason}")
    return version, reason
