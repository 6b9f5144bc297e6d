"""A webhook on loopback that keeps what it is sent, and fails as real ones do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """What came in, in order. `mishap(n)` gives the status of the n-th request, or does something; None is 200."""

    url: str = ""
    keys: list[str] = field(default_factory=list)
    bodies: list[dict] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    taken: dict[str, dict] = field(default_factory=dict)
    mishap: Callable[[int], int | None] = lambda number: None
    retry_after: str | None = None

    def take(self, headers: dict[str, str], body: bytes) -> int:
        key, message = headers["Idempotency-Key"], json.loads(body)
        self.keys.append(key)
        self.bodies.append(message)
        self.headers.append(headers)
        status = self.mishap(len(self.keys))
        if status is not None and status >= 400:
            return status
        if key in self.taken:
            return 409
        self.taken[key] = message
        return status or 200


@contextmanager
def listening(receiver: Receiver) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                self.send_response(receiver.take(dict(self.headers.items()), body))
                self.send_header("Content-Length", "0")
                if receiver.retry_after:
                    self.send_header("Retry-After", receiver.retry_after)
                self.end_headers()
            except OSError:
                return  # the sender was killed

        def log_message(self, *arguments):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
