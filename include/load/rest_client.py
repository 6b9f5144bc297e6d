"""Asks a REST API for pages: with its token, at its pace, and again when it fails for a moment."""

from __future__ import annotations

import base64
import email.utils
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

from include.load.connections import Connection

_AGAIN = {408, 429, 500, 502, 503, 504}
_LONGEST_WAIT = 300.0  # seconds


class RestFailed(RuntimeError):
    """A page cannot be had; the message holds no secret."""


@dataclass(frozen=True)
class Page:
    """One answer: its bytes, what they say, and its headers."""

    content: bytes
    answer: Any
    headers: dict[str, str]


@dataclass
class RestClient:
    """A client of one API. `auth` is `bearer`, `basic` or the name of a header that takes the token."""

    origin: Connection
    auth: str | None
    say: Callable[[str], object]
    attempts: ClassVar[int] = 6
    backoff: ClassVar[float] = 0.5  # seconds before the first repetition, doubled each time
    _pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=2))
    _last: float = 0.0

    def url(self, path: str, parameters: dict[str, str]) -> str:
        parts = self.origin.parts
        port = f":{parts.port}" if parts.port else ""
        query = "&".join(piece for piece in (parts.query, urlencode(parameters)) if piece)
        base = f"{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}{path}"
        return f"{base}?{query}" if query else base

    def following(self, url: str, reference: str) -> str:
        """The address of the next page that an answer names.

        Raises
        ------
        RestFailed: it leads to another server, which must not see the token.
        """
        target = urljoin(url, reference)
        if urlsplit(target)[:2] != urlsplit(url)[:2]:
            raise RestFailed(f"the next page is on another server, {urlsplit(target).netloc}: it is not asked.")
        return target

    def get(self, url: str, requests_per_second: float | None = None) -> Page:
        """The page at the address, which must be JSON.

        Raises
        ------
        RestFailed: it is refused, or still fails after several attempts.
        """
        for attempt in range(1, self.attempts + 1):
            self._pace(requests_per_second)
            wait, problem = self.backoff * 2 ** (attempt - 1), ""
            try:
                answer = self._pool.request(
                    "GET", url, headers=self._headers(), retries=False, redirect=False,
                    timeout=urllib3.Timeout(connect=10, read=120),
                )  # fmt: skip
            except urllib3.exceptions.HTTPError as error:
                problem = self.origin.scrubbed(error)
            else:
                if answer.status == 200:
                    try:
                        return Page(
                            answer.data, json.loads(answer.data), {k.lower(): v for k, v in answer.headers.items()}
                        )
                    except ValueError:
                        problem = "the answer is no JSON, or was cut off"
                elif answer.status in _AGAIN:
                    problem = f"the API answers {answer.status}"
                    wait = _retry_after(answer.headers.get("Retry-After"), wait)
                else:
                    raise RestFailed(self._refused(answer.status))
            if attempt < self.attempts:
                self.say(f"{urlsplit(url).path}: {problem}; again in {wait:.1f} s ({attempt} of {self.attempts}).")
                time.sleep(wait)
        raise RestFailed(f"{problem}, {self.attempts} times.")

    def _refused(self, status: int) -> str:
        if status in (401, 403):
            return f"the API refuses the token of the connection {self.origin.name} ({status})."
        if 300 <= status < 400:
            return f"the API answers {status}, elsewhere: put the final address into the connection."
        return f"the API answers {status}."

    def _pace(self, requests_per_second: float | None) -> None:
        if requests_per_second:
            time.sleep(max(0.0, self._last + 1 / requests_per_second - time.monotonic()))
            self._last = time.monotonic()

    def _headers(self) -> dict[str, str]:
        token, headers = self.origin.secret or self.origin.user, {"Accept": "application/json"}
        auth = self.auth or ("basic" if self.origin.user and self.origin.secret else "bearer")
        if auth == "basic":
            pair = base64.b64encode(f"{self.origin.user}:{self.origin.secret}".encode()).decode()
            return headers | {"Authorization": f"Basic {pair}"}
        if not token:
            return headers
        return headers | ({"Authorization": f"Bearer {token}"} if auth == "bearer" else {auth: token})


def _retry_after(value: str | None, otherwise: float) -> float:
    """Seconds to wait by a Retry-After header, a number or a date."""
    if not value:
        return otherwise
    if value.strip().isdigit():
        return min(float(value), _LONGEST_WAIT)
    try:
        moment = email.utils.parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError):
        return otherwise
    return min(max(0.0, moment - time.time()), _LONGEST_WAIT)
