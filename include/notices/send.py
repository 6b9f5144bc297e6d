"""Brings a notice to whoever the connection `notices_<workspace>`, else `notices`, names."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from include.alerts.webhook import Webhook
from include.load.connections import Connection, environment_url
from include.notices.notice import Notice

CONNECTION = "notices"


class _ShortPatience(Webhook):
    """A task's end waits for its notice: two tries, not four."""

    attempts: ClassVar[int] = 2
    patience: ClassVar[float] = 8.0


def send_notice(
    notice: Notice, further_urls: Callable[[str], str | None], progress: Callable[[str], None] = print
) -> bool:
    """Send the notice by webhook (http, https) or e-mail (smtp, smtps); returns whether it was taken.

    Never raises: whatever goes wrong is told through `progress`, without secrets. Nobody is told where no connection
    is set.
    """
    unread = ""
    for name in filter(None, (notice.workspace and f"{CONNECTION}_{notice.workspace}", CONNECTION)):
        try:
            url = environment_url(name) or further_urls(name)
        except Exception as fault:
            unread = f"the connection {name} cannot be read ({type(fault).__name__})"
            continue
        if url:
            return _send(notice, Connection(name, url), progress)
    if unread:
        progress(f"The notice was not sent: {unread}.")
    return False


def _send(notice: Notice, receiver: Connection, progress: Callable[[str], None]) -> bool:
    try:
        if receiver.parts.scheme in ("smtp", "smtps"):
            from include.notices.mail import post_mail

            post_mail(receiver, notice)
        elif receiver.parts.scheme in ("http", "https"):
            _ShortPatience(receiver, "notice").post(notice.key, notice.message())
        else:
            progress(f"The notice was not sent: the connection {receiver.name} is neither http(s) nor smtp(s).")
            return False
    except Exception as fault:
        progress(f"The notice was not sent: {receiver.scrubbed(fault)}")
        return False
    progress(f"The notice went to {receiver.name}")
    return True
