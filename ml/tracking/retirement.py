"""Taking old versions out of the registry: nobody scores with them, and their files are the bulk of the store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ml.tracking.promotion import PROMOTED, RETIRED, serving
from ml.tracking.store import CHAMPION, ModelStore, RegisteredVersion


def versions_to_retire(store: ModelStore, name: str, scored_dates: Iterable[date]) -> list[RegisteredVersion]:
    """Versions of a model that the policy lets go, oldest first.

    Those stay that are among the newest `keep_versions`, that hold an alias, and that would score one of the dates; so
    does one that people moved back from, which tells that the champion was chosen by hand.
    """
    versions = store.versions(name)
    champion = store.with_alias(name, CHAMPION)
    needed = {version.version for version in versions[-store.policy.keep_versions :]}
    needed |= {*store.aliases(name).values(), store.model_tag(name, PROMOTED)}
    needed |= {one.version for day in scored_dates if (one := serving(versions, champion, day))}
    return [version for version in versions if version.version not in needed]


def retire(store: ModelStore, version: RegisteredVersion) -> None:
    """Remove the version and its model's files; its run stays, with figures, plots and card.

    Safe to repeat after a kill: the version is marked first, and leaves the registry last.
    """
    store.tag(version, "standing", RETIRED)
    store.remove_files(version)
    store.remove_version(version)
