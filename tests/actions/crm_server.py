"""A CRM with a REST address, as a process that may be killed: PORT FILE SEED TROUBLE SECONDS.

It keeps each action under its idempotency key in SQLite before it answers, takes SECONDS for an answer, and is as bad
as its seed says: in a share TROUBLE of them each slower, failing before it has kept an action, or after.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def serve(port: int, file: str, seed: int, trouble: float, seconds: float) -> None:
    chance, lock = random.Random(seed), threading.Lock()
    store = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    store.execute("create table if not exists taken (key text primary key, customer text, content text)")
    store.execute("create table if not exists asked (key text)")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = self.headers["Idempotency-Key"]
            time.sleep(seconds)
            with lock:
                luck = chance.random()
                store.execute("insert into asked values (?)", [key])
                if luck < trouble:
                    return self._answer(503)
                kept = store.execute(
                    "insert or ignore into taken values (?, ?, ?)", [key, body["customer_id"], json.dumps(body)]
                ).rowcount
            if luck < 1.5 * trouble:
                time.sleep(0.05)
            if luck < 2 * trouble:
                return self._answer(500)  # kept, and then something went wrong
            self._answer(201 if kept else 409)

        def _answer(self, status: int) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                return  # the sender was killed

        def log_message(self, *arguments):
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))
