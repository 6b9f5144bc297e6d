"""Finds a table's files in an S3 object store, and fetches one only when it is read."""

from __future__ import annotations

import re
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import urllib3

from include.load.connections import Connection
from include.load.declared import Source, Table
from include.load.errors import SourceError
from include.load.s3_signature import canonical_query, signed_headers

_CHUNK, _ATTEMPTS = 4_000_000, 5  # bytes; times
_NAMESPACE = re.compile(r"\sxmlns=\"[^\"]*\"")


@dataclass
class RemoteFile:
    """A file of an object store, known by name, entity tag and size; `path` is a copy, made when it is asked for."""

    store: ObjectStore
    name: str
    key: str
    tag: str
    size: int

    @property
    def content_hash(self) -> str:
        return f"etag {self.tag} {self.size}"

    @cached_property
    def path(self) -> Path:
        return self.store.fetch(self.key, self.tag)

    def changed(self) -> bool:
        """Never: the copy is of the object that was listed."""
        return False


class ObjectStore:
    """The bucket and prefix of a source's `folder`; copies of what is read lie in a folder that goes with `close`.

    The connection is `s3://access_key:secret_key@host:port?region=…&ssl=false`; without a host it is Amazon's. An
    Airflow connection of the type `aws` does as well.
    """

    def __init__(self, source: Source, origin: Connection | None):
        if origin is None:
            raise SourceError(f"{source.name}: {source.folder} needs a `connection` with the store's keys.")
        options = {key: values[0] for key, values in parse_qs(origin.parts.query).items()}
        self.source, self.origin, self.token = source, origin, options.get("session_token")
        self.region = options.get("region", options.get("region_name", "us-east-1"))
        endpoint = urlsplit(options.get("endpoint_url", ""))
        host, port = (
            (endpoint.hostname, endpoint.port) if endpoint.hostname else (origin.parts.hostname, origin.parts.port)
        )
        self.host = f"{host or f's3.{self.region}.amazonaws.com'}{f':{port}' if port else ''}"
        self.scheme = endpoint.scheme or ("http" if options.get("ssl", "true") == "false" else "https")
        bucket = urlsplit(source.folder)
        self.bucket, self.prefix = bucket.netloc, bucket.path.strip("/") + "/" if bucket.path.strip("/") else ""
        self.pool, self.copies = urllib3.PoolManager(maxsize=1), tempfile.TemporaryDirectory(prefix="tierworks-s3-")
        self._listed: list[tuple[str, str, int]] | None = None

    def close(self) -> None:
        self.copies.cleanup()

    def find(self, table: Table) -> list[RemoteFile]:
        """The table's files in name order.

        Raises
        ------
        SourceError: nothing matches and the table is not optional, or the store cannot be asked.
        """
        if self._listed is None:
            self._listed = list(self._list())
        patterns = [re.compile(_pattern(pattern)) for pattern in table.files]
        found = [
            RemoteFile(self, name, key, tag, size)
            for key, tag, size in self._listed
            for name in (key.removeprefix(self.prefix),)
            if any(pattern.fullmatch(name) for pattern in patterns)
        ]
        if not found and not table.optional:
            raise SourceError(
                f"{table.label}: nothing in {self.source.folder} matches {', '.join(table.files)}. Put them there, "
                f"or declare the table `optional: true` in {table.path}:{table.line}."
            )
        return sorted(found, key=lambda file: file.name)

    def fetch(self, key: str, tag: str) -> Path:
        """A copy of one object, as it was when it was listed."""
        target = Path(self.copies.name) / f"{len(list(Path(self.copies.name).iterdir()))}"
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                answer = self._ask(key, {}, {"if-match": f'"{tag}"'})
                with target.open("wb") as copy:
                    for chunk in answer.stream(_CHUNK):
                        copy.write(chunk)
                return target
            except urllib3.exceptions.HTTPError as error:
                if attempt == _ATTEMPTS:
                    raise self._failed(self.origin.scrubbed(error)) from None
                time.sleep(0.2 * 2**attempt)
        raise AssertionError

    def _list(self) -> Iterator[tuple[str, str, int]]:
        query = {"list-type": "2", "prefix": self.prefix}
        while True:
            content = self._ask("", query).data.decode()
            try:
                tree = ElementTree.fromstring(_NAMESPACE.sub("", content))
            except ElementTree.ParseError:
                raise self._failed("its list of objects is no XML") from None
            for entry in tree.iter("Contents"):
                key = entry.findtext("Key", "")
                if not key.endswith("/"):
                    yield key, entry.findtext("ETag", "").strip('"'), int(entry.findtext("Size", "0"))
            following = tree.findtext("NextContinuationToken")
            if not following:
                return
            query["continuation-token"] = following

    def _ask(self, key: str, query: dict[str, str], headers: dict[str, str] | None = None):
        path = f"/{self.bucket}" + (f"/{quote(key, safe='/-_.~')}" if key else "")
        signed = signed_headers(
            self.host, path, query, self.origin.user, self.origin.secret, self.region, datetime.now(UTC), self.token
        )
        url = f"{self.scheme}://{self.host}{path}" + (f"?{canonical_query(query)}" if query else "")
        retries = urllib3.Retry(
            _ATTEMPTS, backoff_factor=0.2, status_forcelist=(429, 500, 502, 503, 504), redirect=0, raise_on_status=False
        )
        try:
            answer = self.pool.request("GET", url, headers=signed | (headers or {}), preload_content=not key,
                                       retries=retries, timeout=urllib3.Timeout(10, read=120))  # fmt: skip
        except urllib3.exceptions.MaxRetryError as error:
            raise self._failed(self.origin.scrubbed(error)) from None
        if answer.status == 412:
            raise self._failed(f"{key} has changed while it was read. Run again")
        if answer.status in (401, 403):
            raise self._failed(f"it refuses the keys of the connection {self.origin.name} ({answer.status})")
        if answer.status != 200:
            raise self._failed(f"it answers {answer.status} to {key or 'the listing'}")
        return answer

    def _failed(self, why: str) -> SourceError:
        return SourceError(f"{self.source.name}: {self.source.folder} cannot be read: {why}.")


def _pattern(glob: str) -> str:
    """A file pattern as a regular expression: `*` stays inside a folder, `**/` crosses any."""
    pieces = re.split(r"(\*\*/|\*|\?)", glob)
    translated = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}
    return "".join(translated.get(piece, re.escape(piece)) for piece in pieces)
