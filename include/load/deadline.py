"""HTTP requests whose whole answer must be there by a deadline, however slowly it drips."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection


class TooSlow(urllib3.exceptions.HTTPError):
    """The answer was not whole by its deadline."""


@dataclass
class Deadline:
    """Asks for one answer at a time. A timeout of a socket begins anew with every byte; this one does not.

    `connects` is how long a connection may take to stand, `silent` how long an answer may pause, `whole` how long
    it may take to its end; all in seconds.
    """

    connects: float
    silent: float
    whole: float
    _pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=1))
    _socket: socket.socket | None = None

    def __post_init__(self) -> None:
        self._pool.pool_classes_by_scheme = {
            "http": self._remembering(urllib3.HTTPConnectionPool, HTTPConnection),
            "https": self._remembering(urllib3.HTTPSConnectionPool, HTTPSConnection),
        }

    def get(self, url: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower-case) and content of the answer, whatever it is; redirects are not followed.

        Raises
        ------
        urllib3.exceptions.HTTPError: there is no whole answer.
        """
        cut = threading.Event()
        timer = threading.Timer(self.whole, self._cut, [cut])
        timer.daemon = True
        timer.start()
        try:
            answer = self._pool.request(
                "GET", url, headers=headers, retries=False, redirect=False,
                timeout=urllib3.Timeout(connect=self.connects, read=self.silent),
            )  # fmt: skip
        except urllib3.exceptions.HTTPError:
            if cut.is_set():
                raise TooSlow from None
            raise
        finally:
            timer.cancel()
        if cut.is_set():  # an answer of no declared length ends where it is cut
            raise TooSlow
        return answer.status, {key.lower(): value for key, value in answer.headers.items()}, answer.data

    def _cut(self, cut: threading.Event) -> None:
        cut.set()
        if self._socket is not None:
            try:
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:  # it is closed already
                return

    def _remembering(self, pool: type, connection: type) -> type:
        deadline = self

        class Remembered(connection):
            def connect(self) -> None:
                super().connect()
                deadline._socket = self.sock

        return type(pool.__name__, (pool,), {"ConnectionCls": Remembered})
