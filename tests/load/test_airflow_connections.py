"""Airflow's connections, in every form they are written in, as the URLs that the readers take."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from include.load.connections import Connection
from include.workspace import PROJECT_ROOT

SECRETS = "p@/s:s"
WRITTEN = {
    "postgres_uri": ("postgres://u:p%40%2Fs%3As@h:5432/db?sslmode=require",) * 2,
    "postgres_fields": (
        {"conn_type": "postgres", "login": "u", "password": SECRETS, "host": "h", "port": 5432, "schema": "db",
         "extra": {"sslmode": "require", "cursor": "dictcursor", "options": {"a": 1}}},
        "postgres://u:p%40%2Fs%3As@h:5432/db?sslmode=require",
    ),
    "sqlite_uri": ("sqlite:////data/a b.sqlite", "sqlite:////data/a b.sqlite"),
    "sqlite_fields": ({"conn_type": "sqlite", "host": "/data/crm.sqlite"}, "sqlite:////data/crm.sqlite"),
    "driver_uri": ("mysql+pymysql://u:p@h:3306/db", "mysql+pymysql://u:p@h:3306/db"),
    "driver_field": (
        {"conn_type": "mysql", "login": "u", "password": "p", "host": "h", "schema": "db",
         "extra": {"sqlalchemy_scheme": "mysql+pymysql", "charset": "utf8mb4"}},
        "mysql+pymysql://u:p@h/db?charset=utf8mb4",
    ),
    "api_uri": ("https://:tok%2Fen@h:8443/v2", "https://:tok%2Fen@h:8443/v2"),
    "api_plain": ("http://:token@127.0.0.1:8080", "http://:token@127.0.0.1:8080/"),
    "api_host": ({"conn_type": "http", "password": "t", "host": "https://h/v2/", "port": 444}, "https://:t@h:444/v2"),
    "api_schema": (
        {"conn_type": "http", "login": "u", "password": "t", "host": "h", "schema": "https", "extra": {"X-Api": "1"}},
        "https://u:t@h/",
    ),
    "any_host": (
        {"conn_type": "generic", "login": "u", "password": "p", "host": "postgresql://h", "schema": "db"},
        "postgresql://u:p@h/db",
    ),
    "store": (
        {"conn_type": "aws", "login": "AK", "password": "S/K",
         "extra": {"endpoint_url": "http://127.0.0.1:9000", "config_kwargs": {"a": {}}}},
        "aws://AK:S%2FK@/?endpoint_url=http%3A%2F%2F127.0.0.1%3A9000",
    ),
    "no_such_connection": (None, None),
}  # fmt: skip
ASK = """
import json, sys
from include.orchestration.airflow_connections import airflow_url
print(json.dumps({name: airflow_url(name) for name in json.loads(sys.argv[1])}))
"""


@pytest.fixture(scope="module")
def urls(tmp_path_factory) -> dict[str, str | None]:
    """What our code makes of them, asked of a real Airflow whose connections stand in its environment."""
    given = {
        f"AIRFLOW_CONN_{name.upper()}": written if isinstance(written, str) else json.dumps(written)
        for name, (written, _) in WRITTEN.items()
        if written
    }
    home = {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")), "PYTHONPATH": str(PROJECT_ROOT)}
    outcome = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps(list(WRITTEN))],
        env=os.environ | given | home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr[-2000:]
    return json.loads(outcome.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", WRITTEN)
def test_every_form_becomes_the_url_of_its_reader(urls, name):
    assert urls[name] == WRITTEN[name][1]


def test_what_the_readers_need_is_in_them(urls):
    assert Connection("store", urls["store"]).secret == "S/K"
    assert Connection("postgres_fields", urls["postgres_fields"]).secret == SECRETS
    api = Connection("api_uri", urls["api_uri"])
    assert (api.parts.scheme, api.parts.path, api.secret) == ("https", "/v2", "tok/en")
