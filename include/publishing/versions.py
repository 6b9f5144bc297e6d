"""Published versions: immutable folders, of which one link names the current."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from include.workspace import Workspace

DRAFT, DISCARDED = ".draft", ".discarded"


class VersionError(RuntimeError):
    """A version that was asked for is not there; the message says which are."""


@dataclass(frozen=True)
class PublishedVersion:
    """One published version. `tables` maps a table to its `rows` and `digest`; `models` a model to its version.

    Rows and decisions that came in by `known_until` are told. A version `aside` tells a past date: readers find it by
    its name and were never sent to it. `keys` maps a table to the columns of which no two rows share the values. Money
    is in `currency`, by ISO 4217.
    """

    build_id: str
    as_of_date: date
    workspace: str
    published_at: datetime
    policy_version: str
    code_version: str
    models: dict[str, str]
    quality: dict[str, int]
    tables: dict[str, dict]
    folder: Path
    aside: bool = False
    known_until: datetime | None = None
    keys: dict[str, list[str]] = field(default_factory=dict)
    currency: str | None = None

    def record(self) -> dict:
        """The version as `version.json` holds it."""
        return {
            "build_id": self.build_id,
            "as_of_date": self.as_of_date.isoformat(),
            "workspace": self.workspace,
            "published_at": self.published_at.isoformat(),
            "policy_version": self.policy_version,
            "code_version": self.code_version,
            "models": self.models,
            "quality": self.quality,
            "tables": self.tables,
            "aside": self.aside,
            "known_until": self.known_until and self.known_until.isoformat(),
            "keys": self.keys,
            "currency": self.currency,
        }


def read_version(folder: Path) -> PublishedVersion:
    """The version in a folder; a folder gets its final name only when it is whole."""
    record = json.loads((folder / "version.json").read_text())
    dates = {
        "as_of_date": date.fromisoformat(record["as_of_date"]),
        "published_at": datetime.fromisoformat(record["published_at"]),
        "known_until": datetime.fromisoformat(record["known_until"]) if record.get("known_until") else None,
    }
    return PublishedVersion(**(record | dates), folder=folder)


def list_versions(workspace: Workspace) -> list[PublishedVersion]:
    """All versions that are kept, the newest first."""
    folders = [path.parent for path in workspace.versions.glob("*/version.json")]
    whole = [read_version(path) for path in folders if path.suffix not in (DRAFT, DISCARDED)]
    return sorted(whole, key=lambda version: (version.published_at, version.build_id), reverse=True)


def current_version(workspace: Workspace) -> PublishedVersion | None:
    """The version that readers see, or None before the first publication."""
    return read_version(workspace.current.resolve()) if workspace.current.exists() else None


def roll_back(workspace: Workspace, to: str | None = None) -> PublishedVersion:
    """Make the version that `earlier_version` names current for readers of files.

    Only the link changes; the caller holds the workspace's lock. The next publication goes on as always.
    """
    chosen = earlier_version(workspace, to)
    point_to(workspace, chosen)
    return chosen


def earlier_version(workspace: Workspace, to: str | None = None) -> PublishedVersion:
    """The version published before the current one, or the build named by `to`; one aside by its name alone.

    Raises
    ------
    VersionError: nothing is published, there is no earlier version, or none of that name.
    """
    kept, current = list_versions(workspace), current_version(workspace)
    if current is None:
        raise VersionError(f"{workspace.name} has no published version to go back from. Run it first.")
    known = ", ".join(version.build_id for version in kept)
    if to is not None:
        chosen = next((version for version in kept if version.build_id == to), None)
        if chosen is None:
            raise VersionError(f"{workspace.name} keeps no version {to}. Choose one of: {known}.")
    else:
        earlier = [
            version
            for version in kept
            if not version.aside and (version.published_at, version.build_id) < (current.published_at, current.build_id)
        ]
        if not earlier:
            raise VersionError(f"{workspace.name} keeps no version before {current.build_id} (kept: {known}).")
        chosen = earlier[0]
    return chosen


def point_to(workspace: Workspace, version: PublishedVersion) -> None:
    """Swap the `current` link in one step: a reader sees the former version or this one, whole."""
    link = workspace.current
    draft = link.with_name(f"{link.name}{DRAFT}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(Path(workspace.versions.name) / version.build_id)
    os.replace(draft, link)
    sync_folder(link.parent)


def discard_leftovers(workspace: Workspace) -> None:
    """Remove what a killed publication or clean-up left behind."""
    for suffix in (DRAFT, DISCARDED):
        for folder in workspace.versions.glob(f"*{suffix}"):
            shutil.rmtree(folder)


def forget_old_versions(workspace: Workspace, keep: int, keep_past: int) -> list[str]:
    """Remove all but the newest `keep` versions, never the current one; returns the build ids removed.

    Versions aside do not count among them: of these the newest of each of the latest `keep_past` dates stays.
    A reader that has a removed version open keeps it until it closes it.
    """
    removed = []
    for version in old_versions(workspace, keep, keep_past):
        discarded = version.folder.with_name(version.build_id + DISCARDED)
        os.rename(version.folder, discarded)
        shutil.rmtree(discarded)
        removed.append(version.build_id)
    return removed


def old_versions(workspace: Workspace, keep: int, keep_past: int) -> list[PublishedVersion]:
    """What `forget_old_versions` would remove, the newest first."""
    current, versions = current_version(workspace), list_versions(workspace)
    past = {version.as_of_date: version for version in reversed(versions) if version.aside}
    kept = [version for version in versions if not version.aside][:keep]
    kept += [past[day] for day in sorted(past, reverse=True)[:keep_past]]
    kept_ids = {version.build_id for version in kept} | ({current.build_id} if current else set())
    return [version for version in versions if version.build_id not in kept_ids]


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
