"""A workspace is one company: its declarations, its policies and its state under one ignored folder."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
SHIPPED_SOURCES = PROJECT_ROOT / "include" / "sources"
SHIPPED_POLICIES = PROJECT_ROOT / "include" / "policies"
DEFAULT_WORKSPACE = "complete_journey"
_OPTIONAL_FOLDERS = ("policies", "expectations", "data", "folder")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_OURS = ("airflow", "reports", "services")  # folders beside the workspaces, which `make clean` empties


class UnknownWorkspace(ValueError):
    """No registered workspace, shipped declaration or folder answers to the name."""


def state_root() -> Path:
    """Folder that holds the state of all workspaces; `TIERWORKS_HOME` moves it."""
    return Path(os.environ.get("TIERWORKS_HOME", PROJECT_ROOT / ".tierworks")).resolve()


@dataclass(frozen=True)
class Workspace:
    """Where one company's declarations, policies, landing data and state are.

    `declarations` are YAML files, one per source; `policies` is a folder of overrides or None;
    `expectations` a folder of further suites or None; `data` is the landing folder that relative file
    patterns start from, or None. `folder` holds all but the state, or is None for a shipped declaration.
    """

    name: str
    declarations: tuple[Path, ...]
    policies: Path | None = None
    expectations: Path | None = None
    data: Path | None = None
    folder: Path | None = None

    @property
    def home(self) -> Path:
        return state_root() / self.name

    @property
    def rebuildable(self) -> Path:
        return self.home / "rebuildable"

    @property
    def kept(self) -> Path:
        return self.home / "kept"

    @property
    def warehouse(self) -> Path:
        return self.rebuildable / "warehouse.duckdb"

    @property
    def versions(self) -> Path:
        return self.rebuildable / "versions"

    @property
    def current(self) -> Path:
        """Link to the published version; absent before the first publication."""
        return self.rebuildable / "current"

    @property
    def published_file(self) -> Path:
        return self.current / "tierworks.duckdb"

    @property
    def dbt_target(self) -> Path:
        return self.rebuildable / "dbt"

    @property
    def quality(self) -> Path:
        return self.rebuildable / "quality"

    @property
    def mlflow_tracking_uri(self) -> str:
        """A store per workspace: a file of its own, or a schema of the PostgreSQL server that the environment names.

        `TIERWORKS_MLFLOW_STORE` is `postgresql+psycopg://user@host/database`; its password belongs in PGPASSWORD.
        """
        if server := os.environ.get("TIERWORKS_MLFLOW_STORE"):
            return f"{server}?options=-csearch_path={self.name}"
        return f"sqlite:///{self.kept / 'mlflow.db'}"

    @property
    def has_model_store(self) -> bool:
        """Whether there is a store to look into. One on a server is made when the workspace is registered."""
        return not self.mlflow_tracking_uri.startswith("sqlite") or (self.kept / "mlflow.db").is_file()

    @property
    def mlflow_artifacts(self) -> Path:
        return self.kept / "mlflow-artifacts"

    def make_folders(self) -> None:
        for folder in (self.rebuildable, self.kept, self.versions, self.mlflow_artifacts):
            folder.mkdir(parents=True, exist_ok=True)

    def register(self) -> None:
        """Write down where the declarations and data are, so that a scheduled task finds them.

        Raises
        ------
        UnknownWorkspace: declarations in another folder, which are still there, are registered under the name.
        """
        self._refuse_another_company()
        self.make_folders()
        record = {"name": self.name, "declarations": [str(path) for path in self.declarations], "home": str(self.home)}
        record |= {key: str(path) if (path := getattr(self, key)) else None for key in _OPTIONAL_FOLDERS}
        target = self.kept / "registration.json"
        draft = target.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(json.dumps(record, indent=2) + "\n")
        os.replace(draft, target)

    def _refuse_another_company(self) -> None:
        record = self.kept / "registration.json"
        known = json.loads(record.read_text()) if record.is_file() else {}
        if known.get("home") != str(self.home):  # nothing was here before, or a copy of what is elsewhere
            return
        former = {path.parent.resolve() for path in map(Path, known["declarations"]) if path.is_file()}
        if former and not former & {path.parent.resolve() for path in self.declarations}:
            raise UnknownWorkspace(
                f"{self.name} is the workspace of {min(former)} already; another company under its name would be mixed "
                f"with it. Give one of the two folders another name (state is kept by name, in {self.home})."
            )


def registered_workspaces() -> list[str]:
    return sorted(path.parent.parent.name for path in state_root().glob("*/kept/registration.json"))


def load_workspace(name: str) -> Workspace:
    """The registered workspace of that name. Of one with a folder whatever stands there now counts: a declaration or a
    policy that came after it was registered, too.

    Raises
    ------
    UnknownWorkspace: nothing is registered under the name; the message lists what is.
    """
    record = state_root() / name / "kept" / "registration.json"
    if not _NAME.fullmatch(name) or not record.is_file():
        known = ", ".join(registered_workspaces()) or "none yet"
        raise UnknownWorkspace(f"workspace {name!r} is not registered (registered: {known}). Run it once first.")
    content = json.loads(record.read_text())
    folders = {key: Path(content[key]) if content.get(key) else None for key in _OPTIONAL_FOLDERS}
    if folders["folder"]:
        with suppress(UnknownWorkspace):  # moved or emptied: what is kept of it can still be looked at
            return _workspace_of_folder(folders["folder"], folders["data"])
    return Workspace(content["name"], tuple(Path(path) for path in content["declarations"]), **folders)


def resolve_workspace(name_or_folder: str, data: str | None = None) -> Workspace:
    """A workspace from a shipped declaration's name, a registered name, or a folder of declarations.

    A folder holds `*.yml` declarations at its top or under `sources/`, and may hold `policies/` and `expectations/`.
    `data` overrides the landing folder; without it a folder workspace lands from the one it was registered with, at
    first from its own folder.

    Raises
    ------
    UnknownWorkspace: the name is none of these, or the folder holds no declaration.
    """
    landing = Path(data).expanduser().resolve() if data else None
    if landing is not None and not landing.is_dir():
        raise UnknownWorkspace(f"the data folder {landing} does not exist. Give an existing folder with DATA=<folder>.")
    folder = Path(name_or_folder).expanduser()
    shipped = SHIPPED_SOURCES / f"{name_or_folder}.yml"
    if _NAME.fullmatch(name_or_folder) and (state_root() / name_or_folder / "kept" / "registration.json").is_file():
        known = load_workspace(name_or_folder)
        return replace(known, data=landing or known.data)
    if _NAME.fullmatch(name_or_folder) and shipped.is_file():
        return Workspace(name_or_folder, (shipped,), data=landing)
    if folder.is_dir():
        found = _workspace_of_folder(folder.resolve(), landing)
        known = load_workspace(found.name) if landing is None and found.name in registered_workspaces() else found
        return replace(found, data=known.data) if known.folder == found.folder else found
    shipped_names = ", ".join(sorted(path.stem for path in SHIPPED_SOURCES.glob("*.yml")))
    raise UnknownWorkspace(
        f"{name_or_folder!r} is neither a shipped workspace ({shipped_names}), "
        f"a registered one ({', '.join(registered_workspaces()) or 'none yet'}), nor a folder of declarations."
    )


def _workspace_of_folder(folder: Path, landing: Path | None) -> Workspace:
    declared_in = folder / "sources" if (folder / "sources").is_dir() else folder
    declarations = tuple(sorted([*declared_in.glob("*.yml"), *declared_in.glob("*.yaml")]))
    if not declarations:
        raise UnknownWorkspace(f"{folder} holds no declaration: put a *.yml file there or under {folder / 'sources'}.")
    name = re.sub(r"[^a-z0-9_]+", "_", folder.name.lower()).strip("_")
    if name in _OURS:
        raise UnknownWorkspace(f"{folder.name!r} makes no workspace name: state of another kind lies there. Rename it.")
    if not _NAME.fullmatch(name):
        raise UnknownWorkspace(f"{folder.name!r} makes no workspace name: begin with a letter; use letters, digits, _.")
    policies, expectations = (
        path if path.is_dir() else None for path in (folder / "policies", folder / "expectations")
    )
    return Workspace(name, declarations, policies, expectations, landing or folder, folder)
