"""A copy of the project that a test may break, with its own state and its own Airflow."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from include.workspace import PROJECT_ROOT

ROOMS = ("dags", "dbt_project", "expectations", "include", "ml", "plugins", "pyproject.toml")


class Clone:
    """Runs `tierworks` from its own folder, as a second clone beside the first would."""

    def __init__(self, root: Path) -> None:
        self.root, self.home = root, root / ".tierworks"
        root.mkdir(parents=True)
        for room in ROOMS:
            source = PROJECT_ROOT / room
            ignore = shutil.ignore_patterns("__pycache__", "target", "logs")
            shutil.copytree(source, root / room, ignore=ignore) if source.is_dir() else shutil.copy(source, root / room)

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")}
        told = {"TYPE": "file", "LOG_FILE_PATH": str(self.lineage), "APPEND": "true"}
        told = {f"OPENLINEAGE__TRANSPORT__{key}": value for key, value in told.items()}
        return {**kept, **told, "PYTHONPATH": str(self.root), "TIERWORKS_HOME": str(self.home)}

    @property
    def lineage(self) -> Path:
        """OpenLineage events of every run, one a line."""
        return self.root / "lineage.jsonl"

    def start(self, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "include.cli.main", *arguments]
        return subprocess.Popen(
            command, cwd=self.root, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def tierworks(self, *arguments: str, expect: int = 0) -> str:
        process = self.start(*arguments)
        output = process.communicate(timeout=900)[0]
        assert process.returncode == expect, output[-6000:]
        return output

    def status(self, workspace: str) -> dict:
        return json.loads(self.tierworks("status", "--json", "--workspace", workspace))

    def digests(self, workspace: str) -> str:
        return self.tierworks("digest", "--workspace", workspace)
