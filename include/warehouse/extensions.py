"""DuckDB's extensions from PyPI packages, loaded by path: nothing is downloaded when Tierworks runs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import duckdb


class ExtensionMissing(RuntimeError):
    """The package of an extension is not installed, or not in the version of this DuckDB."""


def load_extension(connection: duckdb.DuckDBPyConnection, extension: str) -> None:
    """Load an extension such as `postgres_scanner` into the connection's database.

    Raises
    ------
    ExtensionMissing: naming the package and version to install.
    """
    spec = importlib.util.find_spec(f"duckdb_extension_{extension}")
    wanted = f"{extension}.duckdb_extension"
    folders = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    found = next((path for folder in folders for path in Path(folder).rglob(wanted)), None)
    if found is None or f"v{duckdb.__version__}" not in found.parts:
        package = f"duckdb-extension-{extension.replace('_', '-')}=={duckdb.__version__}"
        raise ExtensionMissing(f"the DuckDB extension {extension} is not installed. Install the package {package}.")
    connection.execute(f"load '{str(found).replace(chr(39), chr(39) * 2)}'")
