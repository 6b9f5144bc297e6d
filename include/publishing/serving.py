"""Showing a version to every reader: the link of the files, and the schema of PostgreSQL where one is connected."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from include.load.connections import Connection, environment_url
from include.policies.reader import read_policies
from include.publishing.postgres_schema import PostgresSchema, ServingFailed
from include.publishing.versions import PublishedVersion, point_to
from include.workspace import Workspace

CONNECTION = "serving"
FurtherUrls = Callable[[str], str | None]


def nobody(name: str) -> None:
    """Knows no connection beside the environment's."""


def serving_connection(workspace: Workspace, further_urls: FurtherUrls = nobody) -> Connection | None:
    """The database a workspace is served in: `serving_<workspace>`, else `serving`; None when neither is set.

    Raises
    ------
    ServingFailed: the connection is no postgresql URL.
    """
    for name in (f"{CONNECTION}_{workspace.name}", CONNECTION):
        url = environment_url(name) or further_urls(name)
        if url:
            scheme, _, rest = url.partition("://")
            if not rest or scheme.split("+")[0] not in ("postgres", "postgresql"):
                raise ServingFailed(
                    f"the connection {name} is no URL such as postgresql://user:password@host/database."
                )
            return Connection(name, f"postgresql://{rest}")
    return None


def show_version(
    workspace: Workspace,
    version: PublishedVersion,
    further_urls: FurtherUrls = nobody,
    progress: Callable[[str], None] = print,
    anew: bool = False,
) -> None:
    """Make `version` what readers see, in files and in PostgreSQL.

    PostgreSQL is made ready first, then the link moves, then the schema: a kill between leaves the readers of each
    with one whole version, and the next call brings them together. Files never wait for PostgreSQL: where it fails
    the link has moved all the same. With `anew` the version's file was written again, without somebody who was
    erased: it is copied even where it is shown, and the former schema goes.

    Raises
    ------
    ServingFailed: files show the version and PostgreSQL does not.
    """
    try:
        origin = serving_connection(workspace, further_urls)
    except ServingFailed as problem:
        _link(workspace, version, progress)
        raise _unserved(version, str(problem)) from None
    if origin is None:
        _link(workspace, version, progress)
        return
    linked = False
    try:
        patience = read_policies(workspace)["publishing"]["serving_patience_seconds"]
        with PostgresSchema(origin, workspace.name, patience, progress) as served:
            served.stage(version, anew)
            _link(workspace, version, progress)
            linked = True
            served.swap()
            if anew:
                served.forget_former()
        progress(f"PostgreSQL ({origin.name}) shows {version.build_id} as schema {served.schema}")
    except (ServingFailed, psycopg.Error) as problem:
        if not linked:
            _link(workspace, version, progress)
        raise _unserved(version, origin.scrubbed(problem)) from None


def _link(workspace: Workspace, version: PublishedVersion, progress: Callable[[str], None]) -> None:
    point_to(workspace, version)
    progress(f"Readers now see {version.build_id}")


def _unserved(version: PublishedVersion, why: str) -> ServingFailed:
    return ServingFailed(
        f"files show build {version.build_id}, but PostgreSQL goes on showing what it showed: {why} "
        "Nothing is lost: when the cause is mended, publish (or roll back) again."
    )
