"""What several test files need is made by the first that asks, and the others, in whichever process, take it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


class MadeOnce:
    """Files and folders by name, each made once in a test run, however many processes it has."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(self, name: str, make: Callable[[Path], object]) -> Path:
        """The path of `name`; `make` is told to write there when nobody has yet. It is not to be changed."""
        path, mark = self.folder / name, self.folder / f"{name}.whole"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not mark.exists():
                # What another began and could not end is in the way.
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
                make(path)
                mark.touch()
        return path


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "made_once"
    folder.mkdir(exist_ok=True)
    return MadeOnce(folder)
