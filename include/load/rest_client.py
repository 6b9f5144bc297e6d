"""Asks a REST API for pages: with its token, at its pace, and again when it fails for a moment."""

from __future__ import annotations

import base64
import email.utils
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

from include.load.connections import Connection
from include.load.deadline import Deadline, TooSlow

_AGAIN = {408, 429, 500, 502, 503, 504}
_SLOW = (TooSlow, urllib3.exceptions.ReadTimeoutError)
_LONGEST_WAIT = 300.0  # seconds
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class RestFailed(RuntimeError):
    """A page cannot be had; the message holds no secret."""


class RestTooSlow(RestFailed):
    """It was asked for as often as it may be, and did not come in time."""


@dataclass(frozen=True)
class Page:
    """One answer: its JSON as UTF-8, what it says, and its headers."""

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
    connects: ClassVar[float] = 10.0  # seconds until a connection must stand
    silent: ClassVar[float] = 60.0  # seconds that an answer may pause, where the declaration says nothing else
    whole: ClassVar[float] = 5.0  # times that, until an answer must be there to its end
    _last: float = 0.0
    _is_away: bool = False

    def __post_init__(self) -> None:
        self._deadline = Deadline(self.connects, self.silent, self.whole * self.silent)

    def url(self, path: str, parameters: dict[str, str]) -> str:
        parts = self.origin.parts
        query = "&".join(piece for piece in (parts.query, urlencode(parameters)) if piece)
        base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}{path}"
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

    def get(self, url: str, requests_per_second: float | None = None, timeout: float | None = None) -> Page:
        """The page at the address, which must be JSON. An answer may pause for `timeout` seconds.

        Raises
        ------
        RestFailed: it is refused, or still fails after several attempts.
        """
        attempts, problem, failure = 1 if self._is_away else self.attempts, "", RestFailed
        self._deadline.silent = timeout or self.silent
        self._deadline.whole = self.whole * self._deadline.silent
        for attempt in range(1, attempts + 1):
            self._pace(requests_per_second)
            wait = self.backoff * 2 ** (attempt - 1)
            try:
                status, headers, content = self._deadline.get(url, self._headers())
            except urllib3.exceptions.HTTPError as error:
                problem = self._in_words(error)
                failure = RestTooSlow if isinstance(error, _SLOW) else RestFailed
            else:
                self._is_away, failure = False, RestFailed
                if status == 200:
                    try:
                        return Page(*_understood(content), headers)
                    except RecursionError:
                        raise RestFailed("the answer is nested too deeply to be read.") from None
                    except ValueError:
                        problem = "the answer is no JSON, or was cut off"
                elif status in _AGAIN:
                    problem = f"the API answers {status}"
                    wait = retry_after(headers.get("retry-after"), wait)
                else:
                    raise RestFailed(self._refused(status))
            if attempt < attempts:
                self.say(f"{urlsplit(url).path}: {problem}; again in {wait:.1f} s ({attempt} of {attempts}).")
                time.sleep(wait)
        raise failure(f"{problem}{f', {attempts} times' if attempts > 1 else ''}.")

    def _in_words(self, error: urllib3.exceptions.HTTPError) -> str:
        """What became of a request. Where nobody is, the other tables need not be so patient."""
        server = urlsplit(self.url("", {})).netloc
        if isinstance(error, TooSlow):
            return f"the answer of {server} is not whole after {self._deadline.whole:g} s"
        if isinstance(error, urllib3.exceptions.ReadTimeoutError):
            return f"{server} says nothing for {self._deadline.silent:g} s"
        if isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError):
            self._is_away = True
            return f"{server} cannot be reached ({self.origin.scrubbed(_innermost(error))})"
        if isinstance(error, urllib3.exceptions.SSLError):
            self._is_away = True
            return f"{server} does not speak TLS as it should ({self.origin.scrubbed(_innermost(error))})"
        return f"the connection broke ({self.origin.scrubbed(_innermost(error))})"

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


def _understood(content: bytes) -> tuple[bytes, Any]:
    """An answer as strict JSON in UTF-8, and what it says.

    Python reads what the engine refuses: NaN, which becomes text so that its row can be set aside, and half of a
    pair of surrogates, which is left where a text was cut and becomes the sign for what cannot be shown.
    """
    strange: list[str] = []
    text = content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    answer = json.loads(text, parse_constant=lambda word: strange.append(word) or word)
    if strange or _SURROGATE.search(text):
        answer = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        written = json.dumps(answer, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
        text = written.decode("utf-16-le", "replace")
        answer = json.loads(text)
    return text.encode(), answer


def _innermost(error: BaseException) -> str:
    """The words of the operating system, below those of the library."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return getattr(error, "strerror", None) or str(error)


def retry_after(value: str | None, otherwise: float) -> float:
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
