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

_AGAIN = {408, 425, 429, 500, 502, 503, 504}
KEY_HEADER = "Idempotency-Key"


class PushFailed(RuntimeError):
    """A message was not taken; the words hold no secret."""


@dataclass(frozen=True)
class Webhook:
    """A receiver. A user and password in its URL become HTTP basic authentication."""

    receiver: Connection
    attempts: ClassVar[int] = 4
    backoff: ClassVar[float] = 0.5  # seconds before the first repetition, doubled each time
    patience: ClassVar[float] = 20.0  # seconds for an answer

    def post(self, key: str, message: dict) -> None:
        """Returns when the receiver has taken the message; 409 says that it had taken the key before.

        Raises
        ------
        PushFailed: it is refused, or still fails after several attempts.
        """
        parts = urlsplit(self.receiver.url)
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        headers = {"Content-Type": "application/json; charset=utf-8", KEY_HEADER: key, **self._authorization()}
        body = json.dumps(message, ensure_ascii=False, sort_keys=True).encode()
        problem = ""
        for attempt in range(self.attempts):
            if attempt:
                time.sleep(self.backoff * 2 ** (attempt - 1))
            try:
                answer = urllib3.request(
                    "POST", url, body=body, headers=headers, timeout=self.patience, retries=False, redirect=False
                )
            except urllib3.exceptions.HTTPError as error:
                problem = self.receiver.scrubbed(type(error).__name__)
                continue
            if answer.status < 300 or answer.status == 409:
                return
            problem = f"the receiver answers {answer.status}"
            if answer.status not in _AGAIN:
                break
        raise PushFailed(f"alert {key} was not taken: {problem}. What was told before stays told; run the push again.")

    def _authorization(self) -> dict[str, str]:
        if not self.receiver.user:
            return {}
        login = f"{self.receiver.user}:{self.receiver.secret}"
        return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
