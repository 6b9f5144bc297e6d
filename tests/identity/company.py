"""A company in a folder, loaded and identified for real."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.identity.decisions import Decision, keep_decision
from include.identity.identify import identify_customers
from include.load import load_workspace
from include.policies.reader import read_policies
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace


@dataclass
class Company:
    """A workspace on disk; `run` loads a batch and identifies, `rows` asks the warehouse."""

    workspace: Workspace
    batches: int = 0

    def run(self) -> list[str]:
        """Load and identify; what identity said."""
        self.load()
        return self.identify()

    def load(self) -> None:
        self.batches += 1
        with open_warehouse(self.workspace) as connection:
            moment = datetime.datetime(2026, 1, self.batches, tzinfo=datetime.UTC)
            load_workspace(self.workspace, connection, f"batch-{self.batches}", moment, lambda line: None)

    def identify(self) -> list[str]:
        said: list[str] = []
        with open_warehouse(self.workspace) as connection:
            identify_customers(self.workspace, connection, read_policies(self.workspace), said.append)
        return said

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.workspace, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def ids(self) -> dict[str, str]:
        """Customer id by key of the source."""
        return dict(self.rows("select customer_key, customer_id from core.customer_xref order by 1"))

    def log(self) -> list[tuple]:
        return self.rows(
            "select customer_key, former_id, customer_id, event from core.identity_log order by sequence, customer_key"
        )

    def decide(self, a: str, b: str, verdict: str) -> None:
        source = self.rows("select min(source) from core.customer_xref")[0][0]
        keep_decision(
            self.workspace,
            Decision(source, a, source, b, verdict, "steward", "asked them", "2026-01-01T00:00:00+00:00"),
        )


def make_company(parent: Path, name: str, declaration: str, **files: str | bytes) -> Company:
    """A company of a declaration and files by stem, in a folder of its own."""
    folder = parent / name
    folder.mkdir()
    (folder / "source.yml").write_text(declaration)
    for stem, content in files.items():
        path = folder / f"{stem}.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Company(Workspace(name, (folder / "source.yml",), data=folder))
