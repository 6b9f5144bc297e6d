"""Posts one message to a webhook, again when it fails for a moment, under a key by which a receiver knows repeats."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit, urlunsplit

import urllib3

from include.load.connections import Connection
from include.load.rest_client import retry_after

_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_NOT_THIS_ONE = {400, 422}  # what is wrong is the message; the next may be taken
_POOL = urllib3.PoolManager(maxsize=8)  # as many messages of a process as may be on their way at once
KEY_HEADER = "Idempotency-Key"


class PushFailed(RuntimeError):
    """A message was not taken; the words hold no secret."""


class PushRefused(PushFailed):
    """The receiver does not want this very message, now or ever."""


@dataclass(frozen=True)
class Webhook:
    """A receiver of messages, which are called `subject` when one fails.

    A user and password in its URL become HTTP basic authentication.
    """

    receiver: Connection
    subject: str = "alert"
    attempts: ClassVar[int] = 4
    backoff: ClassVar[float] = 0.5  # seconds before the first repetition, doubled each time
    patience: ClassVar[float] = 20.0  # seconds for an answer
    longest: ClassVar[float] = 60.0  # seconds that a receiver may ask us to wait (Retry-After)

    def post(self, key: str, message: dict) -> None:
        """Returns when the receiver has taken the message; 409 says that it had taken the key before.

        Raises
        ------
        PushRefused: the receiver finds fault with this message (400, 422).
        PushFailed: it takes none of ours, or still fails after several attempts.
        """
        parts = urlsplit(self.receiver.url)
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        headers = {"Content-Type": "application/json; charset=utf-8", KEY_HEADER: key, **self._authorization()}
        body = json.dumps(message, ensure_ascii=False, sort_keys=True).encode()
        problem, wait = "", 0.0
        for attempt in range(self.attempts):
            time.sleep(wait)
            wait = self.backoff * 2**attempt
            try:
                answer = _POOL.request(
                    "POST", url, body=body, headers=headers, timeout=self.patience, retries=False, redirect=False
                )
            except urllib3.exceptions.HTTPError as error:
                problem = self.receiver.scrubbed(type(error).__name__)
                continue
            if answer.status < 300 or answer.status == 409:
                return
            problem = f"the receiver answers {answer.status}"
            if answer.status in _NOT_THIS_ONE:
                raise PushRefused(f"{self.subject} {key} is refused: {problem}.")
            if answer.status not in _AGAIN:
                break
            wait = min(retry_after(answer.headers.get("Retry-After"), wait), self.longest)
        raise PushFailed(
            f"{self.subject} {key} was not taken: {problem}. What was told before stays told; run the push again."
        )

    def _authorization(self) -> dict[str, str]:
        if not self.receiver.user:
            return {}
        login = f"{self.receiver.user}:{self.receiver.secret}"
        return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
