"""Airflow's connections as URLs, for sources whose connection the environment does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from airflow.sdk import Connection

_LIBPQ = ("ssl", "keepalives", "gss", "connect_timeout", "application_name", "options", "target_session", "channel")


def airflow_url(name: str) -> str | None:
    """URL of the Airflow connection, with its secret; None when there is none of the name."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return url_of(Connection.get(name))
    except AirflowNotFoundException:
        return None


def url_of(found: Connection) -> str:
    """The URL that a declaration's reader understands.

    Airflow writes some connections as no driver reads them: the file of `sqlite` escaped, the path of an API as its
    scheme, nested extras as one. A scheme may stand in the host (`https://…`), or in the extra `sqlalchemy_scheme`;
    an API's, which Airflow looks for in the field schema, is plain http when nothing says otherwise, as in Airflow.
    """
    kind = (found.conn_type or "").lower().replace("_", "-")
    extra = {key: value for key, value in found.extra_dejson.items() if isinstance(value, str | int | float)}
    scheme, _, host = (found.host or "").rpartition("://")
    scheme = scheme or str(extra.pop("sqlalchemy_scheme", "")) or kind
    path = found.schema or ""
    if kind.startswith("sqlite"):
        return f"{scheme}:///{found.host or path}"
    host, _, inside = host.partition("/")
    if kind in ("http", "https"):
        if path in ("http", "https"):
            scheme, path = path, ""
        extra = {}  # Airflow's are headers
    elif kind.startswith("postgres"):
        extra = {key: value for key, value in extra.items() if key.startswith(_LIBPQ)}
    path = "/".join(piece.strip("/") for piece in (inside, path) if piece.strip("/"))
    user, password = (quote(secret or "", safe="") for secret in (found.login, found.password))
    login = f"{user}{f':{password}' if password else ''}@" if user or password else ""
    port = f":{found.port}" if found.port else ""
    query = f"?{urlencode(extra)}" if extra else ""
    return f"{scheme}://{login}{host}{port}/{quote(path, safe='/')}{query}"
