"""Notices reach a webhook or a mailbox, say what to do, hold no value of a row, and never fail what they tell of."""

from __future__ import annotations

import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest

from include.notices.notice import RUNBOOKS, Notice, runbook_of, words_of
from include.notices.send import send_notice
from include.orchestration.faults import StaysFailed
from include.workspace import PROJECT_ROOT


def _nobody(name: str) -> None:
    return None


def _notice(**other) -> Notice:
    facts = {
        "kind": "failed", "workspace": "shop", "dag_id": "load", "run_id": "manual__1", "task_id": "load_source",
        "part": "till", "as_of_date": "2024-06-30", "attempt": 2, "why": "till/orders: line 7", "url": None,
        "runbook": "load-refused",
    }  # fmt: skip
    return Notice(**(facts | other))


class _Taker(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.took.append((dict(self.headers), json.loads(body)))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def taker():
    server = HTTPServer(("127.0.0.1", 0), _Taker)
    server.took, server.answer = [], 204
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def _url(server) -> str:
    return f"http://ops:hush@127.0.0.1:{server.server_address[1]}/hook"


class _Mailbox(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs that has one message for a server without extensions."""

    def handle(self):
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.took.append((self.server.to, b"".join(lines).decode()))
            elif word == "RCPT":
                self.server.to.append(line.partition("<")[2].rstrip(">"))
            self._say("221 bye" if word == "QUIT" else "250 fine")
            if word == "QUIT":
                return

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def mailbox():
    server = socketserver.TCPServer(("127.0.0.1", 0), _Mailbox)
    server.took, server.to = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_webhook_is_told_what_failed_where_and_what_to_do(taker, monkeypatch):
    monkeypatch.setenv("TIERWORKS_CONN_NOTICES", _url(taker))
    assert send_notice(_notice(), _nobody, progress=lambda _: None)
    ((headers, told),) = taker.took
    assert headers["Idempotency-Key"] == "failed|shop|load|manual__1|load_source|till|2"
    assert headers["Authorization"].startswith("Basic ")
    assert (told["workspace"], told["dag_id"], told["task_id"], told["part"]) == ("shop", "load", "load_source", "till")
    assert told["runbook"] == "docs/runbooks.md#load-refused" and "clear the task" in told["what_to_do"]
    assert told["subject"] in told["text"] and "till/orders: line 7" in told["text"]


def test_a_workspace_may_have_a_receiver_of_its_own(taker, monkeypatch):
    monkeypatch.setenv("TIERWORKS_CONN_NOTICES", "http://127.0.0.1:9/nobody")
    asked = []
    send_notice(_notice(), lambda name: asked.append(name) or {"notices_shop": _url(taker)}.get(name), lambda _: None)
    assert asked == ["notices_shop"] and len(taker.took) == 1


def test_a_mailbox_gets_the_words_and_every_address_is_asked(mailbox, monkeypatch):
    port = mailbox.server_address[1]
    monkeypatch.setenv("TIERWORKS_CONN_NOTICES", f"smtp://127.0.0.1:{port}/?to=ops@shop.example,night@shop.example")
    said = []
    assert send_notice(_notice(), _nobody, said.append), said
    ((to, letter),) = mailbox.took
    assert to == ["ops@shop.example", "night@shop.example"]
    assert "Subject: Tierworks: load.load_source has failed" in letter and "docs/runbooks.md#load-refused" in letter


@pytest.mark.parametrize(
    "url",
    [
        "http://ops:hush@127.0.0.1:9/",
        "smtp://ops:hush@127.0.0.1:9/?to=a@b.example",
        "smtp://ops:hush@h/",
        "ftp://x",
        "%",
    ],
)
def test_a_receiver_that_cannot_be_reached_is_told_in_the_log_without_secrets(url, monkeypatch):
    monkeypatch.setenv("TIERWORKS_CONN_NOTICES", url)
    monkeypatch.setattr("include.alerts.webhook.Webhook.backoff", 0.0)
    said = []
    assert not send_notice(_notice(), _nobody, said.append)
    assert len(said) == 1 and said[0].startswith("The notice was not sent") and "hush" not in said[0]


def test_a_connection_that_cannot_be_looked_up_does_not_hide_the_next(taker, monkeypatch):
    def barred(name: str) -> None:
        raise PermissionError(name)

    said: list[str] = []
    assert not send_notice(_notice(), barred, said.append)
    assert said == ["The notice was not sent: the connection notices cannot be read (PermissionError)."]
    monkeypatch.setenv("TIERWORKS_CONN_NOTICES", _url(taker))
    assert send_notice(_notice(), barred, said.append) and len(taker.took) == 1


def test_without_a_connection_nobody_is_told(capsys):
    assert not send_notice(_notice(), _nobody)
    assert capsys.readouterr().out == ""


def test_words_of_others_are_not_told_and_ours_without_addresses_and_numbers():
    strange = ValueError("Could not convert string 'eva@shop.example' to INT32")
    assert words_of(strange, is_ours=False) == "ValueError: the task's log says more."
    ours = ValueError("row 7: eva@shop.example, +49 30 1234567, 555-123-4567, build 20240630_20260101T000000_ab\nmore")
    told = words_of(ours, is_ours=True)
    assert "eva" not in told and "4567" not in told and "more" not in told
    assert "row 7" in told and "20240630_20260101T000000_ab" in told


@pytest.mark.parametrize(
    ("fault", "name", "task", "runbook"),
    [
        (OSError(28, "No space left on device"), None, "build_core", "disk-full"),
        (RuntimeError("IO Error: could not write: No space left on device"), None, "load_source", "disk-full"),
        (RuntimeError("x"), "QualityGateFailed", "check_marts", "audit-blocked"),
        (RuntimeError("x"), None, "push_alerts", "alerts-stuck"),
        (None, None, "send_what_may_go", "act-stuck"),
        (KeyError("x"), None, "build_marts", "task-failed"),
    ],
)
def test_a_failure_leads_to_its_runbook(fault, name, task, runbook):
    assert runbook_of(fault, name, task) == runbook


def test_every_notice_leads_to_a_runbook_that_is_there():
    from include.notices import notice

    headings = [
        line.lstrip("# ").strip().lower().replace(" ", "-")
        for line in (PROJECT_ROOT / RUNBOOKS).read_text().splitlines()
        if line.startswith("## ")
    ]
    led_to = {*notice._BY_FAULT.values(), *notice._BY_TASK.values(), "disk-full", "task-failed", "run-late"}
    assert led_to == set(notice._NEXT)
    assert led_to <= set(headings), led_to - set(headings)


def test_airflows_callbacks_tell_the_workspace_the_date_and_the_fault_and_never_raise(taker, monkeypatch):
    from include.orchestration.notices import tell_failure, tell_late

    monkeypatch.setenv("TIERWORKS_CONN_NOTICES", _url(taker))
    instance = SimpleNamespace(dag_id="publish", run_id="r", task_id="check_marts", map_index=-1, try_number=1)
    run = SimpleNamespace(partition_key="shop|2024-06-30")
    fault = StaysFailed("audit marts: 2 blocking expectations failed.\n  more", "QualityGateFailed")
    tell_failure({"ti": instance, "dag_run": run, "exception": fault, "params": {}})
    tell_late(90, {"dag_run": {"dag_id": "load", "dag_run_id": "m", "conf": {"workspace": "shop"}}})
    (_, failed), (_, late) = taker.took
    assert (failed["workspace"], failed["as_of_date"], failed["runbook"]) == (
        "shop", "2024-06-30", "docs/runbooks.md#audit-blocked",
    )  # fmt: skip
    assert failed["why"] == "audit marts: 2 blocking expectations failed."
    assert (late["kind"], late["workspace"], late["task_id"]) == ("late", "shop", None) and "90 minutes" in late["why"]
    tell_failure({"exception": 1})
    tell_late(1, {})
    taker.answer = 500
    monkeypatch.setattr("include.alerts.webhook.Webhook.backoff", 0.0)
    tell_failure({"ti": instance, "dag_run": run, "exception": fault, "params": {}})
