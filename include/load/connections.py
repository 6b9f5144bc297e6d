"""The one place where names of connections become URLs with secrets, and where secrets leave error messages."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from include.load.declared import Source
from include.load.errors import SourceError


@dataclass(frozen=True)
class Connection:
    """A resolved connection. Its URL never shows in a representation."""

    name: str
    _url: str

    def __repr__(self) -> str:
        return f"Connection({self.name})"

    @property
    def url(self) -> str:
        return self._url

    @property
    def parts(self) -> SplitResult:
        return urlsplit(self._url)

    @property
    def user(self) -> str:
        return unquote(self.parts.username or "")

    @property
    def secret(self) -> str:
        return unquote(self.parts.password or "")

    def scrubbed(self, text: object) -> str:
        """Somebody's message in one line, without the URL and what of it is secret."""
        words = str(text).replace(self._url, f"<{self.name}>")
        for hidden in sorted({self.parts.password or "", self.secret}, key=len, reverse=True):
            if hidden:
                words = words.replace(hidden, "***")
        words = re.sub(r"(?i)(password|secret|token|key)=[^\s&'\"]+", r"\1=***", words)
        return " ".join(re.sub(r"//[^/@\s]+@", "//***@", words).split())


def environment_url(name: str) -> str | None:
    """What the environment says of a connection, as `TIERWORKS_CONN_<NAME>`."""
    return os.environ.get(f"TIERWORKS_CONN_{name.upper()}") or None


def connect(source: Source, further: Callable[[str], str | None]) -> Connection:
    """The connection a source declares; `further` is asked for what the environment does not know.

    Raises
    ------
    SourceError: nobody knows the connection, or it is no URL.
    """
    name = source.connection
    url = environment_url(name) or further(name)
    if not url:
        raise SourceError(
            f"{source.name}: the connection {name} is not known. Set TIERWORKS_CONN_{name.upper()} in the environment "
            f"(such as postgresql://user:password@host:5432/database), or make an Airflow connection named {name}."
        )
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if not scheme:
        raise SourceError(f"{source.name}: the connection {name} is no URL such as postgresql://user:password@host/db.")
    return Connection(name, re.sub(r"^postgres(?=[:+])", "postgresql", url))
