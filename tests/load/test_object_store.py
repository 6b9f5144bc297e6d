"""Files in an S3 object store, over HTTP to a small server that speaks its listing and checks the signature."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from include.load.s3_signature import signed_headers
from tests.load.conftest import HEADER, ORDERS

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
STORED = ORDERS.replace("currency: EUR", "currency: EUR\nconnection: store\nfolder: s3://lake/crm").replace(
    "files: orders*.csv", 'files: "**/orders*.csv"'
)


def test_the_signature_is_that_of_amazons_own_example():
    # S3 API Reference, Examples: Signature Calculations, "Get Bucket (List Objects)".
    headers = signed_headers(
        "examplebucket.s3.amazonaws.com", "/", {"max-keys": "2", "prefix": "J"}, KEY, SECRET, "us-east-1",
        datetime(2013, 5, 24, tzinfo=UTC),
    )  # fmt: skip
    signature = headers["authorization"].rpartition("Signature=")[2]
    assert signature == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"


class Store:
    """Objects of the bucket `lake`, listed two at a time; `mishaps` are statuses answered first."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.mishaps: list[int] = []
        self.fetched: list[str] = []
        self.port = 0

    def answer(self, request: BaseHTTPRequestHandler) -> tuple[int, bytes, dict]:
        path, query = urlsplit(request.path).path, parse_qs(urlsplit(request.path).query)
        moment = datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
        plain = {key: values[0] for key, values in query.items()}
        signed = signed_headers(request.headers["host"], path, plain, KEY, SECRET, "eu-1", moment)
        if signed["authorization"] != request.headers["authorization"]:
            return 403, b"", {}
        if self.mishaps:
            return self.mishaps.pop(0), b"", {}
        if path == "/lake":
            return 200, self.listing(plain), {}
        content = self.objects.get(unquote(path.removeprefix("/lake/")))
        if content is None:
            return 404, b"", {}
        if request.headers["if-match"] != f'"{hashlib.md5(content).hexdigest()}"':
            return 412, b"", {}
        self.fetched.append(path)
        return 200, content, {}

    def listing(self, query: dict[str, str]) -> bytes:
        keys = sorted(key for key in self.objects if key.startswith(query["prefix"]))
        start = int(query.get("continuation-token", 0))
        entries = "".join(
            f"<Contents><Key>{key}</Key><ETag>&quot;{hashlib.md5(self.objects[key]).hexdigest()}&quot;</ETag>"
            f"<Size>{len(self.objects[key])}</Size></Contents>"
            for key in keys[start : start + 2]
        )
        more = f"<NextContinuationToken>{start + 2}</NextContinuationToken>" if start + 2 < len(keys) else ""
        name = '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        return f"{name}{entries}{more}</ListBucketResult>".encode()


@contextmanager
def serving(store: Store):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body, headers = store.answer(self)
            self.send_response(status)
            for key, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, store.port = True, server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def lake(company, monkeypatch):
    with serving(Store()) as store:
        url = f"s3://{KEY}:{SECRET.replace('/', '%2F')}@127.0.0.1:{store.port}?region=eu-1&ssl=false"
        monkeypatch.setenv("TIERWORKS_CONN_STORE", url)
        made = company(STORED)
        made.store = store
        yield made


def test_only_new_and_changed_objects_are_fetched(lake):
    objects = lake.store.objects
    objects |= {f"crm/2024/{n}/orders ü{n}.csv": f"{HEADER}{n},ann,2024-03-01,S,1\n".encode() for n in (1, 2, 3)}
    objects |= {"crm/notes.csv": b"x", "other/orders.csv": b"x"}
    lake.store.mishaps = [503, 500]
    lake.load()
    assert lake.rows("select order_key, _file from raw.orders order by 1") == [
        (str(n), f"2024/{n}/orders ü{n}.csv") for n in (1, 2, 3)
    ]
    assert len(lake.store.fetched) == 3
    again = lake.load()
    assert (again.total("files_skipped"), len(lake.store.fetched)) == (3, 3)
    objects["crm/2024/2/orders ü2.csv"] += b"4,bob,2024-03-01,S,1\n"
    lake.load()
    assert len(lake.store.fetched) == 4
    assert len(lake.rows("from raw.orders")) == 4


def test_refused_keys_and_missing_files_are_told_without_the_secret(lake, monkeypatch):
    assert "nothing in s3://lake/crm matches **/orders*.csv" in lake.load_failing().messages[0]
    monkeypatch.setenv("TIERWORKS_CONN_STORE", f"s3://{KEY}:hunter2@127.0.0.1:{lake.store.port}?region=eu-1&ssl=false")
    words = lake.load_failing().messages[0]
    assert "it refuses the keys of the connection store (403)" in words and "hunter2" not in words
