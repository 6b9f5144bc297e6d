"""What two versions are compared by."""

from __future__ import annotations

import duckdb

from include.publishing.operations import OPERATIONS_TABLES
from include.warehouse.digest import schema_digests

_OF_THE_RUN = {f"main.{name}" for name in ("published_version", *OPERATIONS_TABLES)}


def version_digests(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Digest of every table of a version, keyed `main.<table>`, but for those that tell of runs and hold the clock."""
    found = schema_digests(connection, "main")
    return {table: digest for table, digest in found.items() if table not in _OF_THE_RUN}
