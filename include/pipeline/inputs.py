"""Declarations and policies checked together, before anything is read or written."""

from __future__ import annotations

from include.load.declaration import read_declarations
from include.load.errors import DeclarationInvalid
from include.policies.reader import PolicyError, read_policies
from include.workspace import Workspace


class InputsInvalid(ValueError):
    """Declarations or policies that cannot be used; one line per fault, with file and line."""


def check_inputs(workspace: Workspace) -> list[str]:
    """Names of the workspace's sources, in the order they are loaded, when all that was written for it holds.

    Raises
    ------
    InputsInvalid: every fault of every file.
    """
    names, faults = [], []
    try:
        names = [source.name for source in read_declarations(workspace.declarations)]
    except DeclarationInvalid as problem:
        faults.append(str(problem))
    try:
        read_policies(workspace)
    except PolicyError as problem:
        faults.append(str(problem))
    if faults:
        raise InputsInvalid("\n".join(faults))
    return names
