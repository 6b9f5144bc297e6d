"""The landing folder of a source whose declaration says `generate`: made when it is not there."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from include.simulator.simulation import Simulation
from include.workspace import SHIPPED_SOURCES, Workspace

_MADE_OF = ("*.py", "*.yml", "**/*.sql")


def generated_folder(simulation: Simulation, source: str, workspace: Workspace) -> Path:
    """Folder with the files of the simulation; another simulation, or other laws, take its place.

    The caller holds `workspace_lock`, so that drafts found here are those of killed runs.
    """
    folder = workspace.rebuildable / "landing" / f"{source}-{_digest(simulation)}"
    if not folder.exists():
        from include.simulator.files import write_files

        for former in (*folder.parent.glob(f"{source}-*"), *folder.parent.glob(f".{source}-*.draft")):
            shutil.rmtree(former)
        write_files(simulation, folder)
    return folder


def _digest(simulation: Simulation) -> str:
    here = Path(__file__).parent
    parts = sorted(path for pattern in _MADE_OF for path in here.glob(pattern))
    digest = hashlib.md5(repr(simulation).encode())
    for path in (*parts, SHIPPED_SOURCES / "simulated.yml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
