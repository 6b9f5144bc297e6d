"""Reading policies: the shipped ones, with a workspace's own laid over them, all checked before anything runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from include.contract.positioned_yaml import Located, YamlInvalid, did_you_mean, read_positioned
from include.policies.registry import SHAPES
from include.policies.rules import Setting, faults_across, faults_of
from include.workspace import PROJECT_ROOT, SHIPPED_POLICIES, Workspace


class PolicyError(ValueError):
    """Policies that cannot be used; one line per fault, `path:line: rule: what is wrong`."""


@dataclass(frozen=True)
class Policies:
    """The policies in force: plain values by file stem and key, and 12 hex digits that change when any value does."""

    content: dict[str, dict]
    version: str

    def __getitem__(self, policy: str) -> dict:
        return self.content[policy]


def read_policies(workspace: Workspace) -> Policies:
    """The shipped policies, each top-level key replaced by the workspace's where it gives one.

    Raises
    ------
    PolicyError: every fault of every file, with its place.
    """
    faults: list[str] = []
    settings = {stem: _settings(SHIPPED_POLICIES / f"{stem}.yml", faults) for stem in SHAPES}
    for path in _overriding_files(workspace):
        stem = path.stem
        if stem not in SHAPES:
            known = ", ".join(sorted(SHAPES))
            faults.append(f"{_shown(path)}:1: no policy is called {stem} (known: {known}).{did_you_mean(stem, SHAPES)}")
            continue
        settings[stem] |= _settings(path, faults)
    faults += [fault for stem in SHAPES for fault in faults_of(stem, settings[stem])]
    faults = faults or faults_across(settings)
    if faults:
        raise PolicyError("\n".join(faults))
    content = {
        stem: {key: setting.located.plain() for key, setting in sorted(keys.items())} for stem, keys in settings.items()
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Policies(content, hashlib.sha256(canonical.encode()).hexdigest()[:12])


def _overriding_files(workspace: Workspace) -> list[Path]:
    folder = workspace.policies
    return sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")]) if folder else []


def _settings(path: Path, faults: list[str]) -> dict[str, Setting]:
    shown = _shown(path)
    try:
        document: Located = read_positioned(path)
    except YamlInvalid as error:
        faults.append(str(error).replace(str(path), shown))
        return {}
    if not isinstance(document.value, dict):
        faults.append(f"{shown}:{document.line}: a policy file is a list of `key: value` lines.")
        return {}
    return {key: Setting(shown, located) for key, located in document.value.items()}


def _shown(path: Path) -> str:
    return str(path.relative_to(PROJECT_ROOT)) if path.is_relative_to(PROJECT_ROOT) else str(path)
