"""A small CRM API on loopback: paged in every style, behind a token, and failing as real ones do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

CRM = """
source: crm
timezone: UTC
currency: EUR
connection: crm
tables:
  customers:
    format: rest
    path: /api/customers
    records: data.items
    paging: {style: page, parameter: page, size_parameter: size, size: 2}
    key: id
    entities:
      customers:
        columns: {customer_key: id, full_name: name.full, city: "address.city"}
  orders:
    format: rest
    path: /api/orders
    records: data.items
    paging: {style: page, parameter: page, size_parameter: size, size: 2}
    key: id
    cursor: {column: updated_at, parameter: since}
    overlap: 1 day
    entities:
      orders:
        columns: {order_key: id, customer_key: customer.id, ordered_at: at, amount: amount}
"""


def _drip(write: Callable[[bytes], object], content: bytes) -> None:
    """A byte every 20 ms, until the other side has had enough."""
    try:
        for place in range(len(content)):
            write(content[place : place + 1])
            time.sleep(0.02)
    except OSError:
        return


_OK, _LONG = b"HTTP/1.1 200 OK\r\n", b'{"data": {"items": [' + b" " * 500
MISHAPS: dict[str, Callable] = {
    "html": lambda write: write(_OK + b"Content-Length: 24\r\n\r\n<html>Bad gateway</html>"),
    "cut": lambda write: write(_OK + b'Content-Length: 1000\r\n\r\n{"data": ['),
    "cut without a length": lambda write: write(_OK + b'\r\n{"data": ['),
    "cut between chunks": lambda write: write(_OK + b'Transfer-Encoding: chunked\r\n\r\na\r\n{"data": [\r\n'),
    "closed at once": lambda write: None,
    "no HTTP": lambda write: write(b"220 mail.example.com ESMTP\r\n"),
    "broken gzip": lambda write: write(_OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"),
    "silent": lambda write: time.sleep(1),
    "silent in the middle": lambda write: (write(_OK + b'Content-Length: 1000\r\n\r\n{"data": ['), time.sleep(1)),
    "dripping": lambda write: _drip(write, _OK + b"Content-Length: 520\r\n\r\n" + _LONG),
    "dripping headers": lambda write: _drip(write, _OK + b"X-Long: " + _LONG),
    "dripping without a length": lambda write: _drip(write, _OK + b"\r\n" + _LONG),
}


@dataclass
class RestApi:
    """`records` by path; `mishaps` are answered first, one a request: a status or a name of `MISHAPS`."""

    token: str = "t0ken/+&"
    style: str = "page"
    records: dict[str, list[dict]] = field(default_factory=dict)
    mishaps: list[int | str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return self.send(request, 401, b"{}")
        if self.mishaps:
            mishap = self.mishaps.pop(0)
            if mishap in MISHAPS:
                request.close_connection = True
                return MISHAPS[mishap](request.wfile.write)
            return self.send(request, mishap, b"{}", {"Retry-After": "0"} if mishap == 429 else {})
        path, query = urlsplit(request.path).path, parse_qs(urlsplit(request.path).query)
        if path not in self.records:
            return self.send(request, 404, b"{}")
        since = query.get("since", [""])[0]
        found = [record for record in self.records[path] if str(record.get("updated_at") or "~") >= since]
        size = int(query.get("size", ["2"])[0])
        start = {
            "page": (int(query.get("page", ["1"])[0]) - 1) * size,
            "offset": int(query.get("offset", ["0"])[0]),
        }.get(self.style, int(query.get("after", ["0"])[0]))
        page, following = found[start : start + size], start + size
        more = following < len(found)
        address = f"http://127.0.0.1:{self.port}{path}?after={following}&size={size}&since={since}"
        body = {"data": {"items": page}, "next": {"cursor": str(following) if more else None}}
        body["next"]["url"] = address if more else None
        headers = {"Link": f'<{address}>; rel="next"'} if more and self.style == "link_header" else {}
        self.send(request, 200, json.dumps(body, indent=1).encode(), headers)

    @staticmethod
    def send(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict | None = None):
        request.send_response(status)
        for key, value in (headers or {}).items():
            request.send_header(key, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


def order(number: int, day: int, amount: float = 1.5, **more: object) -> dict:
    at = f"2024-03-{day:02}T10:00:00Z"
    return {"id": number, "customer": {"id": number % 2}, "at": at, "amount": amount, "updated_at": at, **more}


@contextmanager
def serving(api: RestApi) -> Iterator[RestApi]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            api.answer(self)

        def log_message(self, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
