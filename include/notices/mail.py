"""A notice as an e-mail, by the connection's URL `smtp://user:password@host:port/?to=…&from=…`."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import parse_qs

from include.load.connections import Connection
from include.notices.notice import Notice

_PATIENCE = 15.0  # seconds for each answer
_HERE = ("localhost", "127.0.0.1", "::1")


class MailRefused(RuntimeError):
    """The connection cannot carry mail; the words hold no secret."""


def post_mail(receiver: Connection, notice: Notice) -> None:
    """Send the notice to every address of `to`.

    `smtps` speaks TLS from the first byte; `smtp` begins it where the server offers it. A password never goes out
    without it, but to this machine itself.

    Raises
    ------
    MailRefused: no address is given, or the server offers no TLS for a password.
    OSError, smtplib.SMTPException: the server does not answer, or does not take the message.
    """
    parts = receiver.parts
    asked = {name: ",".join(values) for name, values in parse_qs(parts.query).items()}
    to = asked.get("to") or asked.get("to_email")
    if not to:
        raise MailRefused(f"the connection {receiver.name} names nobody: add ?to=name@host (in Airflow: the extra to).")
    host, message = parts.hostname or "localhost", EmailMessage()
    message["Subject"] = notice.subject
    message["To"] = to
    message["From"] = asked.get("from") or asked.get("from_email") or f"tierworks@{host}"
    message["X-Idempotency-Key"] = notice.key
    message.set_content(notice.text)
    context = ssl.create_default_context()
    secure = parts.scheme == "smtps"
    server = (
        smtplib.SMTP_SSL(host, parts.port or 465, timeout=_PATIENCE, context=context)
        if secure
        else smtplib.SMTP(host, parts.port or 587, timeout=_PATIENCE)
    )
    with server:
        server.ehlo()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
            secure = True
        if receiver.user:
            if not secure and host not in _HERE:
                raise MailRefused(f"{receiver.name}: the server offers no TLS, so the password is not sent.")
            server.login(receiver.user, receiver.secret)
        server.send_message(message)
