"""A run is started once, whatever Airflow's one-writer database answers on the way; here a server stands for it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from include.services import airflow_api
from include.services.airflow_api import AirflowApi, AirflowApiError


@pytest.fixture
def answers(tmp_path, monkeypatch):
    """An API that gives the listed answers to posts of runs, one after another; `started` holds the ids asked for."""
    monkeypatch.setattr(airflow_api.time, "sleep", lambda seconds: None)
    statuses, started = [], []

    class Server(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = 200
            if self.path != "/auth/token":
                started.append(body["dag_run_id"])
                status = statuses.pop(0)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"access_token": "x", "dag_run_id": body.get("dag_run_id")}).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    password = tmp_path / "passwords.json"
    password.write_text('{"admin": "x"}')
    yield AirflowApi(server.server_port, password), statuses, started
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("given", [[200], [500, 200], [500, 500, 409]])
def test_a_busy_database_is_asked_again_for_the_same_run(answers, given):
    api, statuses, started = answers
    statuses += given
    assert api.trigger("load", {"workspace": "acme"}) == started[0]
    assert started == [started[0]] * len(given)


@pytest.mark.parametrize(("given", "status"), [([409], 409), ([404], 404), ([500] * 6, 500)])
def test_what_does_not_pass_is_told(answers, given, status):
    api, statuses, _ = answers
    statuses += given
    with pytest.raises(AirflowApiError) as refused:
        api.trigger("load", {})
    assert refused.value.status == status and not statuses
