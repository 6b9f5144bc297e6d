"""The shipped policies with files of a workspace's own over them."""

from __future__ import annotations

from pathlib import Path

from include.policies.reader import read_policies
from include.workspace import Workspace


def policies(folder: Path, **files: str):
    """Policies as read; `files` are texts by stem, written into the folder first."""
    for stem, text in files.items():
        (folder / f"{stem}.yml").write_text(text, encoding="utf-8")
    return read_policies(Workspace("shop", (), policies=folder))
