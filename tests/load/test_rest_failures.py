"""An API that fails: every way of not answering is waited out or told, in bounded time, and costs no row."""

from __future__ import annotations

import socket
import time

import pytest

from include.load.rest_client import RestClient
from tests.load.rest_api import CRM, MISHAPS, order


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(RestClient, "silent", 0.3)
    monkeypatch.setattr(RestClient, "whole", 2)


@pytest.mark.parametrize("mishap", MISHAPS)
def test_an_answer_that_fails_once_is_asked_for_again(crm, api, mishap):
    api.mishaps = [mishap]
    said = crm.load_telling()
    assert "again in 0.0 s (1 of 6)" in said
    assert len(crm.rows("from raw.customers")) == 3 and len(crm.rows("from raw.orders")) == 5


@pytest.mark.parametrize(
    ("mishap", "words"),
    [
        ("silent", "/api/customers: {server} says nothing for 0.3 s, 3 times. Give it longer by `timeout_seconds`, or"),
        ("silent", "in {declaration}:7. Nothing of this table was loaded."),
        ("dripping", "/api/customers: the answer of {server} is not whole after 0.6 s, 3 times. Give it longer by"),
        ("dripping headers", "/api/customers: the answer of {server} is not whole after 0.6 s, 3 times."),
        ("closed at once", "/api/customers: the connection broke (Remote end closed connection without response), 3"),
        ("cut without a length", "/api/customers: the answer is no JSON, or was cut off, 3 times."),
    ],
)
def test_an_answer_that_always_fails_is_told_in_time_and_the_other_tables_come(crm, api, monkeypatch, mishap, words):
    monkeypatch.setattr(RestClient, "attempts", 3)
    api.mishaps = [mishap] * 3
    started = time.monotonic()
    messages = crm.load_failing().messages
    assert time.monotonic() - started < 10
    words = words.format(server=f"127.0.0.1:{api.port}", declaration=crm.workspace.declarations[0])
    assert [words in message for message in messages] == [True], messages
    assert "crm/customers: " in messages[0]
    assert crm.rows("from raw.customers") == [] and len(crm.rows("from raw.orders")) == 5


def test_a_table_may_be_given_longer(crm, api):
    """An answer that says nothing at first comes whole when the declaration says that it may."""
    crm.declare(CRM.replace("    path: /api/customers\n", "    path: /api/customers\n    timeout_seconds: 5\n"))
    pages = api.answer

    def answer(request) -> None:
        time.sleep(0.4 if "customers" in request.path else 0)
        pages(request)

    api.answer = answer
    assert "again" not in crm.load_telling()
    assert len(crm.rows("from raw.customers")) == 3


def test_a_server_that_is_not_there_is_told_once_patiently_then_quickly(crm, api, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    monkeypatch.setenv("TIERWORKS_CONN_CRM", f"http://:s3cret@127.0.0.1:{port}")
    said: list[str] = []
    with pytest.raises(Exception) as caught:
        crm.load(said.append)
    assert caught.value.messages == [
        f"crm/customers: /api/customers: 127.0.0.1:{port} cannot be reached (Connection refused), 6 times. "
        "Nothing of this table was loaded.",
        f"crm/orders: /api/orders: 127.0.0.1:{port} cannot be reached (Connection refused). "
        "Nothing of this table was loaded.",
    ]
    assert sum("again in" in line for line in said) == 5 and "s3cret" not in str(said)


def test_a_server_that_comes_back_is_read_where_the_last_load_stopped(crm, api, monkeypatch):
    crm.load()
    api.records["/api/orders"].append(order(6, 6))
    real = f"http://:{api.token.replace('/', '%2F').replace('+', '%2B').replace('&', '%26')}@127.0.0.1:{api.port}"
    with monkeypatch.context() as away:
        away.setenv("TIERWORKS_CONN_CRM", "http://:x@127.0.0.1:1")
        crm.load_failing()
        assert len(crm.rows("from raw.orders")) == 5
    print(
        "OUT",
        crm.rows("select customer_key, full_name, city from raw.customers"),
        crm.rows("select content, reasons from ops.quarantine"),
    )
    monkeypatch.setenv("TIERWORKS_CONN_CRM", real)
    crm.load()
    assert len(crm.rows("from raw.orders")) == 6


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://:x@no-such-host.invalid", "no-such-host.invalid cannot be reached"),
        ("https://:x@127.0.0.1:{port}", "does not speak TLS as it should"),
        ("http://:x@127.0.0.1:port", "the connection crm is no URL such as https://:token@"),
        ("http://", "the connection crm is no URL such as https://:token@"),
        ("ftp://host", "the connection crm is no URL such as https://:token@"),
    ],
)
def test_a_wrong_address_is_told(crm, api, monkeypatch, url, words):
    monkeypatch.setenv("TIERWORKS_CONN_CRM", url.replace("{port}", str(api.port)))
    assert words in crm.load_failing().messages[0]


PEOPLE = b'{"data": {"items": [%s]}}'
STRANGE = {
    "a byte order mark": (
        b"\xef\xbb\xbf" + PEOPLE % b'{"id": 7, "name": {"full": "Ann"}, "address": null}',
        [("7", "Ann", None)],
    ),
    "UTF-16": (
        '{"data": {"items": [{"id": 7, "name": {"full": "王"}, "address": {"city": "Ürümqi"}}]}}'.encode("utf-16"),
        [("7", "王", "Ürümqi")],
    ),
    "NaN and half an emoji": (
        PEOPLE
        % b'{"id": 7, "score": NaN, "big": 12345678901234567890.10, "name": {"full": "A\\ud83d"}, "address": {}}',
        [("7", "A\ufffd", None)],
    ),
    "a number and a list where objects were": (
        PEOPLE
        % b'{"id": 7, "name": {"full": "Ann"}, "address": {"city": "Bonn"}}, {"id": 8, "name": 5, "address": []}',
        [("7", "Ann", "Bonn"), ("8", None, None)],
    ),
    "strange names": (
        PEOPLE % b'{"id": 7, "": {"a": 1}, "a/b": 1, "a~b": 2, "name.full": "Ann", "address": {"city": null}}',
        [("7", "Ann", None)],
    ),
    "NUL": (PEOPLE % b'{"id": 7, "name": {"full": "A\\u0000"}, "address": {"city": null}}', ["nul_byte"]),
    "no key": (PEOPLE % b'{"id": null, "name": {"full": "Ann"}, "address": {"city": null}}', ["missing_value"] * 2),
    "records that are lists": (PEOPLE % b"[1, 2]", "1 of the records of /api/customers are no objects. Mend `records`"),
    "nested without end": (PEOPLE % (b"[" * 3000 + b"]" * 3000), "the answer is nested too deeply to be read."),
    "a record like no other": (
        PEOPLE % b'{"id": 7}',
        "crm/customers: /api/customers has no column address.city, name.full (found: id). Map it in ",
    ),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_json_is_a_row_or_a_word_but_no_stack_trace(crm, api, name):
    """What an answer holds is loaded, set aside or told; the other table comes whatever it is."""
    body, expected = STRANGE[name]
    pages = api.answer

    def answer(request) -> None:
        if "customers" not in request.path:
            return pages(request)
        api.send(request, 200, body if "page=1" in request.path else PEOPLE % b"")

    api.answer = answer
    if isinstance(expected, str):
        assert [expected in message for message in crm.load_failing().messages] == [True]
    else:
        crm.load()
        rows = crm.rows("select customer_key, full_name, city from raw.customers order by 1")
        assert rows == expected or crm.quarantine()[0][2] == expected
    assert len(crm.rows("from raw.orders")) == 5
