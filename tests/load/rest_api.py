"""A small CRM API on loopback: paged in every style, behind a token, and failing as real ones do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class RestApi:
    """`records` by path; `mishaps` are answered first, one a request: a status, `cut`, or `html`."""

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
            if mishap == "cut":
                return self.send(request, 200, b'{"data": [', length=1000)
            if mishap == "html":
                return self.send(request, 200, b"<html>Bad gateway</html>")
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
    def send(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict | None = None, length: int = 0):
        request.send_response(status)
        for key, value in (headers or {}).items():
            request.send_header(key, value)
        request.send_header("Content-Length", str(length or len(body)))
        request.end_headers()
        request.wfile.write(body)
        if length:
            request.close_connection = True


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
