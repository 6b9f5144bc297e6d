"""Airflow's connections as URLs, for sources whose connection the environment does not know."""

from __future__ import annotations

from urllib.parse import quote


def airflow_url(name: str) -> str | None:
    """URL of the Airflow connection, with its secret; None when there is none of the name.

    Connections of the type `http` become `https://login:password@host:port`, or the scheme their schema field names.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = Connection.get(name)
    except AirflowNotFoundException:
        return None
    if found.conn_type not in ("http", "https"):
        return found.get_uri()
    host = (found.host or "").partition("://")[2] or found.host or ""
    scheme = found.schema or ("http" if (found.host or "").startswith("http://") else "https")
    port = f":{found.port}" if found.port else ""
    return f"{scheme}://{quote(found.login or '', safe='')}:{quote(found.password or '', safe='')}@{host}{port}"
