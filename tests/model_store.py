"""MLflow's empty database made once: it runs every migration of its history, which takes longer than most tests."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.made_once import MadeOnce


@pytest.fixture(scope="session", autouse=True)
def quick_model_stores(made_once: MadeOnce) -> Iterator[None]:
    """New stores are copies, and nobody waits until a disk has taken what a test writes."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    from ml.tracking import store

    create = store._create_whole

    def take(tracking_uri: str, mlflow) -> None:
        target = Path(tracking_uri.removeprefix("sqlite:///"))
        if not tracking_uri.startswith("sqlite:///") or target.exists():
            return
        made = made_once("mlflow.db", lambda path: create(f"sqlite:///{path}", mlflow))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, f"{target}.draft")
        os.replace(f"{target}.draft", target)

    def do_not_wait(connection, _) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("pragma synchronous = off")

    event.listen(Engine, "connect", do_not_wait)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_create_whole", take)
        yield
    event.remove(Engine, "connect", do_not_wait)
