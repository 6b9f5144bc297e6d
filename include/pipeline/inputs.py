"""Declarations, policies and the landing folder checked together, before anything is read or written."""

from __future__ import annotations

from include.load.declaration import read_declarations
from include.load.declared import Source
from include.load.errors import DeclarationInvalid, SourceError
from include.load.files import landing_folder
from include.policies.reader import PolicyError, read_policies
from include.workspace import Workspace


class InputsInvalid(ValueError):
    """Declarations or policies that cannot be used, with file and line, or no folder to land from; a line per fault."""


def check_inputs(workspace: Workspace) -> list[str]:
    """Names of the workspace's sources, in the order they are loaded, when all that was written for it holds.

    Raises
    ------
    InputsInvalid: every fault of every file.
    """
    sources, faults = [], []
    try:
        sources = read_declarations(workspace.declarations)
        for source in sources:
            _find_folder(source, workspace)
    except (DeclarationInvalid, SourceError) as problem:
        faults.append(str(problem))
    try:
        read_policies(workspace)
    except PolicyError as problem:
        faults.append(str(problem))
    if faults:
        raise InputsInvalid("\n".join(faults))
    return [source.name for source in sources]


def _find_folder(source: Source, workspace: Workspace) -> None:
    """Ask now for the landing folder of a source of files: its load would be the first to miss it."""
    in_a_store = source.folder.startswith("s3://")
    if any(table.files for table in source.tables) and not in_a_store and source.generate is None:
        landing_folder(source, workspace)
